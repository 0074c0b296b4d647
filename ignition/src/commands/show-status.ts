import { jsonOption, type Command } from '../command-line/command.ts';
import { describeHealth } from '../containers/health/describe.ts';
import { readReport } from '../containers/health/report.ts';
import { readUpgradeState } from '../state/upgrade.ts';
import { own } from '../freebsd/paths.ts';
import { mountedShares } from '../freebsd/p9fs.ts';
import type { System } from '../system/system.ts';
import { oneLine } from '../log.ts';
import { readStatus } from '../state/status.ts';

export const statusCommand: Command = {
  name: 'status',
  summary: 'Show how the last provisioning went and what is mounted',
  details: 'Exit code 1 when the last provisioning failed.',
  examples: ['podbsd-agent status', 'podbsd-agent status --json'],
  options: [jsonOption],
  anywhere: true,
  run: (system, line) => showStatus(system, line.has('--json')),
};

/** Prints how the last provisioning went, what is mounted now and what podman was told. */
export function showStatus(system: System, asJson: boolean): number {
  const status = readStatus(system);
  const shares = attempt(() => mountedShares(system)) ?? [];
  const ready = system.readText(own.ready)?.trim();
  const upgrade = readUpgradeState(system);
  const health = attempt(() => readReport(system));
  if (asJson) {
    system.out(
      `${JSON.stringify({ provisioning: status ?? null, shares, ready: ready ?? null, upgrade: upgrade ?? null, health: health ?? null }, undefined, 2)}\n`,
    );
    return status?.ok === true ? 0 : 1;
  }
  if (status === undefined) {
    system.out('This machine has not been provisioned yet.\n');
    return 1;
  }
  const count = `${status.done} steps done, ${status.skipped.length} skipped`;
  system.out(`Provisioning ${status.ok ? 'succeeded' : 'failed'} at ${status.time}: ${count}.\n`);
  for (const failure of status.failures) system.out(`  failed: ${failure}\n`);
  for (const notice of status.notices) system.out(`  notice: ${notice}\n`);
  for (const skipped of status.skipped)
    system.out(`  skipped: ${oneLine(skipped.what)}: ${skipped.reason}\n`);
  for (const share of shares)
    system.out(`Share ${share.tag} at ${share.target}${share.readOnly ? ', read-only' : ''}.\n`);
  system.out(
    ready === undefined ? 'podman has not been told anything yet.\n' : `podman was told: ${ready}\n`,
  );
  for (const line of describeHealth(health)) system.out(`${line}\n`);
  if (upgrade !== undefined)
    system.out(
      `Upgrade ${upgrade.environment}: ${upgrade.phase}${upgrade.reason === undefined ? '' : `: ${upgrade.reason}`}.\n`,
    );
  return status.ok ? 0 : 1;
}

function attempt<Result>(action: () => Result): Result | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}
