import { jsonOption, type Command } from '../command-line/command.ts';
import type { Option } from '../command-line/read.ts';
import { Context } from '../apply/context.ts';
import { readRecord } from '../state/record.ts';
import { parseConfig } from '../config/parse.ts';
import { describeStep } from '../plan/describe.ts';
import { freshImage, type Facts } from '../plan/facts.ts';
import { plan } from '../plan/plan.ts';
import type { System } from '../system/system.ts';
import { oneLine } from '../log.ts';

/** The file that holds an Ignition config. */
export const configOption: Option = {
  names: ['--config'],
  value: 'FILE',
  what: 'the Ignition config',
  needed: true,
};

export const planCommand: Command = {
  name: 'plan',
  summary: 'Show what an Ignition config would do, without touching anything',
  details:
    'Prints the steps, and what is skipped and why. Runs on any system with QuickJS; off FreeBSD it assumes a\n' +
    'fresh image. Exit code 65 when the config is wrong, 66 when there is no such file.',
  examples: [
    'podbsd-agent plan --config machine.ign',
    'qjs -m podbsd-agent plan --config machine.ign --json',
  ],
  options: [configOption, jsonOption],
  anywhere: true,
  run: (system, line) => showPlan(system, line.value('--config') ?? '', line.has('--json')),
};

/** Prints what a config would do here, touching nothing. Off FreeBSD a fresh image is assumed. */
export function showPlan(system: System, file: string, asJson: boolean): number {
  const text = system.readText(file);
  if (text === undefined) {
    system.err(`podbsd-agent: cannot read ${file}: there is no such file\n`);
    return 66;
  }
  const { config, errors, warnings } = parseConfig(text);
  if (config === undefined) {
    if (asJson) system.out(`${JSON.stringify({ errors, warnings }, undefined, 2)}\n`);
    for (const error of errors) system.err(`${file}: ${error.pointer || '/'}: ${error.message}\n`);
    return 65;
  }
  const planned = plan(config, facts(system));
  if (asJson) {
    const steps = planned.steps.map((step) => ({ ...step, description: describeStep(step) }));
    system.out(`${JSON.stringify({ steps, skipped: planned.skipped, warnings }, undefined, 2)}\n`);
    return 0;
  }
  system.out(`Steps (${planned.steps.length}):\n`);
  for (const step of planned.steps) system.out(`  ${oneLine(describeStep(step))}\n`);
  system.out(`Skipped (${planned.skipped.length}):\n`);
  for (const skipped of planned.skipped) system.out(`  ${oneLine(skipped.what)}: ${skipped.reason}\n`);
  for (const warning of warnings) system.err(`${file}: ${warning.pointer}: ${warning.message}\n`);
  return 0;
}

function facts(system: System): Facts {
  if (system.platform !== 'freebsd') return freshImage;
  const context = new Context(system);
  const ourUsers = readRecord(context).users;
  return { accounts: context.accounts(), groups: context.groups(), ourUsers, environmentItem: undefined };
}
