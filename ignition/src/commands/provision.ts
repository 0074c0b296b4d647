import type { Command } from '../command-line/command.ts';
import { applyGroup } from '../apply/accounts.ts';
import { apply, type StepResult } from '../apply/apply.ts';
import { ensureBase } from '../apply/base.ts';
import { Context, rootOwned } from '../apply/context.ts';
import { ensureFile } from '../apply/place.ts';
import { planConfig } from '../apply/plan-config.ts';
import { digest } from '../state/record.ts';
import { podmanGroup } from '../freebsd/account-rules.ts';
import { readFwcfg } from '../freebsd/fwcfg.ts';
import { own } from '../freebsd/paths.ts';
import { describeStep } from '../plan/describe.ts';
import type { Plan } from '../plan/steps.ts';
import { messageOf, type System } from '../system/system.ts';
import { announce, log, oneLine } from '../log.ts';
import { readStatus, writeStatus, type Status } from '../state/status.ts';

const configItem = 'opt/com.coreos/config';
const environmentItem = 'opt/com.coreos/environment';

export const provisionCommand: Command = {
  name: 'provision',
  summary: 'Apply the config that podman hands over through fw_cfg (at each boot)',
  details:
    'Reads the Ignition config from fw_cfg item opt/com.coreos/config and applies it. What happened is in\n' +
    '/var/log/podbsd.log; see also podbsd-agent status. Exit code 1 when something failed.',
  examples: ['podbsd-agent provision'],
  options: [],
  run: provision,
};

/** At each boot: reads what podman hands over, applies it, and records the result. */
export function provision(system: System): number {
  const context = new Context(system);
  try {
    ensureBase(context);
    if (system.lstat(own.provisioned) !== undefined) system.remove(own.provisioned);
    const text = readFwcfg(system, configItem);
    if (text === undefined) {
      return finish(
        context,
        undefined,
        [],
        failure(`fw_cfg has no item ${configItem}: this machine was not started by podman`),
      );
    }
    return provisionFrom(context, text, readFwcfg(system, environmentItem));
  } catch (error) {
    return finish(context, undefined, [], failure(messageOf(error)));
  }
}

/** Applies a config that is given as text. */
export function provisionFrom(context: Context, text: string, environment: string | undefined): number {
  const { planned, errors, warnings } = planConfig(context, text, environment);
  for (const warning of warnings) log(context.system, `config: ${warning.pointer}: ${warning.message}`);
  if (planned === undefined) {
    const reasons = errors.map(
      (error) => `the Ignition config is wrong at ${error.pointer || '/'}: ${error.message}`,
    );
    return finish(context, undefined, [], { text, reasons });
  }
  return finish(context, planned, apply(context, planned.steps), { text, reasons: [] });
}

interface Ending {
  readonly text: string;
  readonly reasons: readonly string[];
}

function failure(reason: string): Ending {
  return { text: '', reasons: [reason] };
}

/** Without its group the API service would not start in a machine without a config. */
function ensureServiceGroup(context: Context): void {
  try {
    applyGroup(context, { kind: 'group', name: podmanGroup });
  } catch (error) {
    log(context.system, messageOf(error));
  }
}

/**
 * Nobody reads the log of something that seems to work: skipped parts are announced on the console, once for each
 * config.
 */
function announceSkipped(system: System, count: number): void {
  if (count === 0) return;
  const parts = count === 1 ? '1 part of the config is' : `${count} parts of the config are`;
  announce(system, `${parts} skipped: podbsd-agent status says which, and why`);
}

/** Writes the status; answers the exit code. */
function finish(
  context: Context,
  planned: Plan | undefined,
  results: readonly StepResult[],
  ending: Ending,
): number {
  const { system } = context;
  if (planned === undefined) ensureServiceGroup(context);
  const of = (outcome: StepResult['outcome']): string[] =>
    results
      .filter((result) => result.outcome === outcome)
      .map((result) => oneLine(result.reason ?? describeStep(result.step)));
  const failures = [...ending.reasons.map(oneLine), ...of('failed')];
  const user = planned?.steps.find((step) => step.kind === 'user');
  const status: Status = {
    time: system.now(),
    ok: failures.length === 0,
    config: digest(ending.text),
    done: of('done').length,
    failures,
    notices: of('notice'),
    skipped: planned?.skipped ?? [],
    ...(context.noShares === undefined ? {} : { noShares: context.noShares }),
    ...(user === undefined ? {} : { machineUser: user.name }),
  };
  for (const notice of status.notices) log(system, notice);
  for (const reason of failures) announce(system, `provisioning failed: ${reason}`);
  if (readStatus(system)?.config !== status.config) announceSkipped(system, status.skipped.length);
  log(
    system,
    `provisioning ${status.ok ? 'done' : 'failed'}: ${status.done} steps, ${status.skipped.length} skipped`,
  );
  try {
    writeStatus(context, status);
    ensureFile(context, { path: own.provisioned, content: '', mode: 0o644, owner: rootOwned });
    if (context.changed) system.run(['/bin/sync']);
  } catch (error) {
    announce(system, messageOf(error));
    return 1;
  }
  return status.ok ? 0 : 1;
}
