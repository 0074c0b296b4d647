import { Context } from '../apply/context.ts';
import { applyUpgrade } from '../apply/upgrade.ts';
import { readUpgradeState } from '../state/upgrade.ts';
import { bootEnvironments } from '../freebsd/bectl.ts';
import { own } from '../freebsd/paths.ts';
import { runProgram } from '../freebsd/program.ts';
import { hasPackagedBase, packageVersion } from '../freebsd/upgrade-programs.ts';
import { describeUpgradeStep, planUpgrade, type UpgradeFacts } from '../plan/upgrade.ts';
import { messageOf, type System } from '../system/system.ts';
import { announce, log } from '../log.ts';
import { ensureBase } from '../apply/base.ts';

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
  const context = new Context(system);
  try {
    const plan = planUpgrade(facts(system), nameFor(system.now()), options.to);
    if (options.dryRun) {
      for (const step of plan.steps) system.out(`would ${describeUpgradeStep(step)}\n`);
      return 0;
    }
    ensureBase(context);
    if (!options.locked) return runLocked(system, options);
    applyUpgrade(context, plan, (line) => {
      system.out(`${line}\n`);
      log(system, `upgrade: ${line}`);
    });
    system.out(
      `\nRestart the machine: podman machine stop, then podman machine start. If it gets ready, the upgrade stays;\n` +
        `if not, ${plan.from} is started again.\n`,
    );
    return 0;
  } catch (error) {
    system.err(`podbsd-agent: upgrade: ${messageOf(error)}\n`);
    if (options.locked) {
      system.err(`Nothing was changed. All that was said is in ${own.upgradeLog}.\n`);
      announce(system, `upgrade failed: ${messageOf(error)}`);
    }
    return 1;
  }
}

/** The kernel lets go of the lock when its holder ends, however it ends. */
function runLocked(system: System, { to }: UpgradeOptions): number {
  const self = `${own.libexec}/podbsd-agent`;
  const release = to === undefined ? [] : ['--to', to];
  const lock = ['/usr/bin/lockf', '-s', '-t', '0', `${own.run}/upgrade.lock`] as const;
  const code = system.runThrough([...lock, self, 'upgrade', '--locked', ...release]);
  if (code === isLocked) system.err('podbsd-agent: upgrade: another upgrade is at work\n');
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
    // What is confirmed runs; everything else that we have made is in the way of the next try.
    leftover: state === undefined || state.phase === 'confirmed' ? undefined : state.environment,
  };
}

/** `podbsd-20261122120000` */
function nameFor(now: string): string {
  return `podbsd-${now.replaceAll(/[^0-9]/g, '').slice(0, 14)}`;
}
