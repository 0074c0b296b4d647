import { jsonOption, type Command } from '../command-line/command.ts';
import type { Option } from '../command-line/read.ts';
import { Context } from '../apply/context.ts';
import { planConfig } from '../apply/plan-config.ts';
import { describeStep } from '../plan/describe.ts';
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
    'fresh image. Exit code 65 when the config is wrong or asks for what is\n' +
    'refused, 66 when there is no such file.',
  examples: [
    'podbsd-agent plan --config machine.ign',
    'qjs -m podbsd-agent plan --config machine.ign --json',
  ],
  options: [configOption, jsonOption],
  anywhere: true,
  run: (system, line) => showPlan(system, line.value('--config') ?? '', line.has('--json')),
};

/** As of sysexits(3), EX_DATAERR: provisioning would fail with this config. */
const wrongConfig = 65;

/** Prints what a config would do here, touching nothing. Off FreeBSD a fresh image is assumed. */
export function showPlan(system: System, file: string, asJson: boolean): number {
  const text = system.readText(file);
  if (text === undefined) {
    system.err(`podbsd-agent: cannot read ${file}: there is no such file\n`);
    return 66;
  }
  const { planned, errors, warnings } = planConfig(new Context(system), text);
  if (planned === undefined) {
    if (asJson) system.out(`${JSON.stringify({ errors, warnings }, undefined, 2)}\n`);
    for (const error of errors) system.err(`${file}: ${error.pointer || '/'}: ${oneLine(error.message)}\n`);
    return wrongConfig;
  }
  if (asJson) {
    const steps = planned.steps.map((step) => ({ ...step, description: describeStep(step) }));
    system.out(`${JSON.stringify({ steps, skipped: planned.skipped, warnings }, undefined, 2)}\n`);
  } else {
    system.out(`Steps (${planned.steps.length}):\n`);
    for (const step of planned.steps) system.out(`  ${oneLine(describeStep(step))}\n`);
    system.out(`Skipped (${planned.skipped.length}):\n`);
    for (const skipped of planned.skipped)
      system.out(`  ${oneLine(skipped.what)}: ${oneLine(skipped.reason)}\n`);
    for (const warning of warnings) system.err(`${file}: ${warning.pointer}: ${oneLine(warning.message)}\n`);
  }
  const refusals = planned.steps.filter((step) => step.kind === 'refusal' && step.optional !== true);
  for (const step of refusals)
    system.err(`${file}: ${step.pointer ?? '/'}: ${oneLine(describeStep(step))}\n`);
  return refusals.length === 0 ? 0 : wrongConfig;
}
