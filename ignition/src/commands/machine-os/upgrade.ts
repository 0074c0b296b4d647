import type { CommandLine } from '../../command-line/read.ts';
import { hasPendingUpdates } from '../../freebsd/pending-updates.ts';
import { describeUpgradeStep } from '../../plan/upgrade.ts';
import type { System } from '../../system/system.ts';
import { upgradeLocked, upgradePlan } from '../upgrade.ts';
import { compareMajorMinor, guestVersion, parseVersion, type Version } from './podman-version.ts';
import { refuseMachineName, restartMachine, restartOption } from './restart.ts';
import type { Verb } from './verb.ts';

/** `podman machine os upgrade --host-version=6.1.1 [-n] [-f json]`, as the host's podman 6 sends it. */
export const upgradeVerb: Verb = {
  name: 'upgrade',
  usage: 'upgrade [options]',
  summary: 'Upgrade machine os',
  description: 'Install the newest patches of FreeBSD and the newest packages, in a new boot environment',
  example: 'upgrade',
  options: [
    { names: ['--dry-run', '-n'], what: 'Only check if an upgrade is available' },
    { names: ['--host-version'], value: 'string' },
    {
      names: ['--format', '-f'],
      value: 'string',
      what: 'suppress output except for specified format. Implies -n',
    },
    restartOption,
  ],
  most: 1,
  run: upgrade,
};

function upgrade(system: System, line: CommandLine): number {
  const [name] = line.operands;
  refuseMachineName(name, `upgrade ${name ?? ''}`);
  const format = line.value('--format');
  if (format !== undefined && format !== 'json') throw new Error('only value of `json` is supported');
  const dryRun = line.has('--dry-run');
  if (line.has('--restart') && (dryRun || format !== undefined))
    throw new Error('--restart cannot be used with --dry-run or --format');
  const guest = guestVersion(system);
  const host = hostVersion(line, guest);
  if (compareMajorMinor(guest, host) > 0)
    throw new Error(
      `client version ${host.text} is older than your machine version ${guest.text}: upgrade your client`,
    );
  const plan = upgradePlan(system, undefined);
  if (format !== undefined) {
    system.out(`${JSON.stringify(report(guest, host, hasPendingUpdates(system)))}\n`);
    return 0;
  }
  system.out(`Updating OS from ${plan.release} to its newest patches\n`);
  if (dryRun) {
    for (const step of plan.steps) system.out(`would ${describeUpgradeStep(step)}\n`);
    return 0;
  }
  const code = upgradeLocked(system, undefined);
  if (code === 0 && line.has('--restart')) restartMachine(system);
  return code;
}

/** Inside the machine nobody names the host's version. */
function hostVersion(line: CommandLine, guest: Version): Version {
  const given = line.value('--host-version');
  return given === undefined ? guest : parseVersion(given);
}

/**
 * podman's UpgradeOutput. What it calls host is the podman that answers, and machine the one that asks, since podman calls
 * itself over SSH. FreeBSD has no image, so there are no hashes.
 */
function report(guest: Version, host: Version, updates: boolean): object {
  return {
    host: { version: guest.text },
    machine: { current_hash: '', new_hash: '', version: host.text, inband_update_available: updates },
  };
}
