import { jsonOption, type Command } from '../command-line/command.ts';
import { ensureBase } from '../apply/base.ts';
import { Context } from '../apply/context.ts';
import type { System } from '../system/system.ts';
import { configOption } from './show-plan.ts';
import { provisionFrom } from './provision.ts';
import { readStatus } from '../state/status.ts';

export const applyCommand: Command = {
  name: 'apply',
  summary: 'Apply an Ignition config from a file',
  details:
    'Does what provision does at boot, with the config of a file; as root, in a FreeBSD guest only. With --json the\n' +
    'result is printed as status --json has it under .provisioning. Exit code 1 when something failed.',
  examples: ['podbsd-agent apply --config machine.ign', 'podbsd-agent apply --config machine.ign --json'],
  options: [configOption, jsonOption],
  run: (system, line) => apply(system, line.value('--config') ?? '', line.has('--json')),
};

/** Applies a config from a file, as at boot, and says what failed. */
export function apply(system: System, file: string, asJson: boolean): number {
  const text = system.readText(file);
  if (text === undefined) {
    system.err(`podbsd-agent: cannot read ${file}: there is no such file\n`);
    return 66;
  }
  const context = new Context(system);
  ensureBase(context);
  const code = provisionFrom(context, text, undefined);
  const status = readStatus(system);
  for (const failure of status?.failures ?? []) system.err(`podbsd-agent: ${failure}\n`);
  for (const notice of status?.notices ?? []) system.err(`podbsd-agent: notice: ${notice}\n`);
  system.out(
    asJson
      ? `${JSON.stringify(status ?? null, undefined, 2)}\n`
      : `${status?.done ?? 0} steps done, ${status?.skipped.length ?? 0} things skipped.\n`,
  );
  return code;
}
