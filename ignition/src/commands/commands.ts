import type { Command } from '../command-line/command.ts';
import { applyCommand } from './apply.ts';
import { provisionCommand } from './provision.ts';
import { readyCommand } from './ready.ts';
import { planCommand } from './show-plan.ts';
import { statusCommand } from './show-status.ts';
import { storageCommand } from './storage.ts';
import { upgradeCommand } from './upgrade.ts';

/** All commands of podbsd-agent, in the order of the help. */
export const commands: readonly Command[] = [
  provisionCommand,
  storageCommand,
  readyCommand,
  statusCommand,
  planCommand,
  applyCommand,
  upgradeCommand,
];
