import type { Command } from '../command-line/command.ts';
import type { Option } from '../command-line/read.ts';
import { Context } from '../apply/context.ts';
import { applyUpgrade } from '../apply/upgrade.ts';
import { readUpgradeState } from '../state/upgrade.ts';
import { bootEnvironments } from '../freebsd/bectl.ts';
import { own } from '../freebsd/paths.ts';
import { parseRelease } from '../freebsd/releases.ts';
import { runProgram } from '../freebsd/program.ts';
import { hasPackagedBase, packageVersion } from '../freebsd/upgrade-programs.ts';
import { describeUpgradeStep, planUpgrade, type UpgradeFacts, type UpgradePlan } from '../plan/upgrade.ts';
import { messageOf, type System } from '../system/system.ts';
import { announce, log } from '../log.ts';
import { ensureBase } from '../apply/base.ts';

const release: Option = {
  names: ['--to'],
  value: 'RELEASE',
  what: 'go to this release of the same major version; without it, to the newest patches',
  check: (value) =>
    parseRelease(value) === undefined ? 'not a release of FreeBSD such as 15.2-RELEASE' : undefined,
};

export const upgradeCommand: Command = {
  name: 'upgrade',
  summary: 'Upgrade FreeBSD and the packages in a new boot environment (ZFS only)',
  details:
    'The running system stays as it is. The next start tries the upgraded one, once: when the machine gets ready\n' +
    'it stays, otherwise the old one is started again. The same happens on podman machine os upgrade, and on\n' +
    'podman machine os apply RELEASE, on the host. podman stays below 6.',
  examples: ['podbsd-agent upgrade --dry-run', 'podbsd-agent upgrade --to 15.2-RELEASE'],
  options: [
    release,
    { names: ['--dry-run', '-n'], what: 'show the steps, change nothing' },
    // For lockf(1), which starts the agent again.
    { names: ['--locked'] },
  ],
  run: (system, line) =>
    upgrade(system, {
      to: line.value('--to'),
      dryRun: line.has('--dry-run'),
      locked: line.has('--locked'),
    }),
};

export interface UpgradeOptions {
  /** A release; undefined: the newest patches of the one that runs. */
  readonly to: string | undefined;
  readonly dryRun: boolean;
  /** This is the run that lockf(1) has started. */
  readonly locked: boolean;
}

/** lockf(1): somebody else has the lock. */
const isLocked = 75;

/** Upgrades FreeBSD and the packages in a new boot environment, which the next start tries. */
export function upgrade(system: System, options: UpgradeOptions): number {
  try {
    const plan = upgradePlan(system, options.to);
    if (options.dryRun) {
      for (const step of plan.steps) system.out(`would ${describeUpgradeStep(step)}\n`);
      return 0;
    }
    return options.locked ? carryOut(system, plan) : upgradeLocked(system, options.to);
  } catch (error) {
    system.err(`podbsd-agent: upgrade: ${messageOf(error)}\n`);
    if (options.locked) {
      system.err(`Nothing was changed. The full output is in ${own.upgradeLog}.\n`);
      announce(system, `upgrade failed: ${messageOf(error)}`);
    }
    return 1;
  }
}

/**
 * What an upgrade of this guest would do.
 *
 * @param to a release; undefined: the newest patches of the one that runs.
 * @throws Error that says why it is not possible.
 */
export function upgradePlan(system: System, to: string | undefined): UpgradePlan {
  return planUpgrade(facts(system), nameFor(system.now()), to);
}

function carryOut(system: System, plan: UpgradePlan): number {
  applyUpgrade(new Context(system), plan, (line) => {
    system.out(`${line}\n`);
    log(system, `upgrade: ${line}`);
  });
  system.out(
    `\nRestart the machine: podman machine stop, then podman machine start. If it gets ready, the upgrade stays;\n` +
      `if not, ${plan.from} is started again.\n`,
  );
  return 0;
}

/**
 * The upgrade itself, in a process of its own under a lock. The kernel releases the lock when its holder ends, however
 * it ends. Answers the exit code.
 */
export function upgradeLocked(system: System, to: string | undefined): number {
  ensureBase(new Context(system));
  const self = `${own.libexec}/podbsd-agent`;
  const release = to === undefined ? [] : ['--to', to];
  const lock = ['/usr/bin/lockf', '-s', '-t', '0', `${own.run}/upgrade.lock`] as const;
  const code = system.runThrough([...lock, self, 'upgrade', '--locked', ...release]);
  if (code === isLocked) system.err('podbsd-agent: upgrade: another upgrade is running\n');
  return code;
}

function facts(system: System): UpgradeFacts {
  const environments = bootEnvironments(system);
  const state = readUpgradeState(system);
  return {
    environments: environments?.map(({ name }) => name),
    running: environments?.find(({ running }) => running)?.name,
    release: environments === undefined ? '' : runProgram(system, ['/bin/freebsd-version', '-u']).out.trim(),
    packagedBase: hasPackagedBase(system),
    ownP9fs: packageVersion(system, 'podbsd-p9fs-kmod') !== undefined,
    // A confirmed one is running; any other that we made is in the way of the next try.
    leftover: state === undefined || state.phase === 'confirmed' ? undefined : state.environment,
  };
}

/** `podbsd-20261122120000` */
function nameFor(now: string): string {
  return `podbsd-${now.replaceAll(/[^0-9]/g, '').slice(0, 14)}`;
}
