import {
  activateOnce,
  bootEnvironments,
  createEnvironment,
  deactivateOnce,
  destroyEnvironment,
  mountEnvironment,
  unmountEnvironment,
} from '../freebsd/bectl.ts';
import { own } from '../freebsd/paths.ts';
import { runProgram } from '../freebsd/program.ts';
import {
  deletePackage,
  freebsdUpdate,
  lockPackage,
  offeredVersion,
  packageVersion,
  upgradePackagedBase,
  upgradePackages,
} from '../freebsd/upgrade-programs.ts';
import { describeUpgradeStep, type UpgradePlan, type UpgradeStep } from '../plan/upgrade.ts';
import { messageOf } from '../system/system.ts';
import { rootOwned, type Context } from './context.ts';
import { ensureDirectory, ensureFile } from './place.ts';
import { writeUpgradeState, type UpgradeState } from '../state/upgrade.ts';

/** Where the new environment is mounted while it is worked on. */
export const upgradeRoot = `${own.run}/upgrade`;

/** What a podman machine cannot do without; the agent itself is in no package repository. */
const needed = [
  '/boot/kernel/kernel',
  '/usr/sbin/sshd',
  '/usr/local/bin/podman',
  '/usr/local/bin/qjs',
  '/usr/local/bin/bash',
  '/usr/local/bin/sudo',
  '/usr/local/libexec/podbsd/podbsd-agent',
] as const;

const p9fsPackage = 'podbsd-p9fs-kmod';

/**
 * Upgrades a clone of the running system and has it tried at the next start. When a step fails the clone is removed, and
 * all is as before. When this is killed, the next run removes the clone.
 */
export function applyUpgrade(context: Context, plan: UpgradePlan, say: (line: string) => void): void {
  const { system } = context;
  const state: Omit<UpgradeState, 'phase'> = {
    environment: plan.environment,
    from: plan.from,
    time: system.now(),
  };
  const isLeftover = (step: UpgradeStep): boolean => step.kind === 'destroy';
  for (const step of plan.steps.filter(isLeftover)) applyStep(context, step, plan, say);
  // The clone's name is written down before the clone is there, so that it can always be found again.
  writeUpgradeState(context, { ...state, phase: 'building' });
  try {
    for (const step of plan.steps) if (!isLeftover(step)) applyStep(context, step, plan, say);
  } catch (error) {
    takeDown(context, plan.environment);
    writeUpgradeState(context, { ...state, phase: 'failed', reason: messageOf(error) });
    throw error;
  }
}

function applyStep(
  context: Context,
  step: UpgradeStep,
  plan: UpgradePlan,
  say: (line: string) => void,
): void {
  const { system } = context;
  say(describeUpgradeStep(step));
  switch (step.kind) {
    case 'destroy':
      takeDown(context, step.environment);
      return;
    case 'create':
      createEnvironment(system, step.environment);
      return;
    case 'mount':
      ensureDirectory(context, upgradeRoot, 0o700, rootOwned);
      mountEnvironment(system, step.environment, upgradeRoot);
      // Scripts of packages write to /dev/null.
      runProgram(system, ['/sbin/mount', '-t', 'devfs', 'devfs', `${upgradeRoot}/dev`]);
      return;
    case 'drop-p9fs':
      deletePackage(system, upgradeRoot, p9fsPackage);
      return;
    case 'hold-podman': {
      const offered = offeredVersion(system, upgradeRoot, step.to, 'podman');
      if (offered !== undefined && isTooNew(offered)) lockPackage(system, upgradeRoot, 'podman');
      return;
    }
    case 'packaged-base':
      upgradePackagedBase(system, upgradeRoot, step.to);
      return;
    case 'freebsd-update':
      freebsdUpdate(system, upgradeRoot, step.running, step.to);
      return;
    case 'packages':
      upgradePackages(system, upgradeRoot, step.to);
      return;
    case 'check':
      check(context, plan);
      return;
    case 'unmount':
      runProgram(system, ['/sbin/umount', `${upgradeRoot}/dev`]);
      unmountEnvironment(system, step.environment);
      return;
    case 'try':
      haveTried(context, plan);
      return;
  }
}

function check(context: Context, plan: UpgradePlan): void {
  const { system } = context;
  for (const path of needed)
    if (system.lstat(`${upgradeRoot}${path}`) === undefined)
      throw new Error(`after the upgrade there is no ${path}`);
  const podman = packageVersion(system, 'podman', upgradeRoot);
  if (podman === undefined || isTooNew(podman))
    throw new Error(`after the upgrade podman is ${podman ?? 'not there'}, and it must be a version below 6`);
  const { environment, from } = plan;
  writeUpgradeState(context, { phase: 'on-trial', environment, from, time: system.now() }, upgradeRoot);
}

/** The state comes first: a reboot in between finds the old system, without the mark of this boot. */
function haveTried(context: Context, { environment, from }: UpgradePlan): void {
  const { system } = context;
  ensureFile(context, { path: own.upgradeThisBoot, content: '', mode: 0o644, owner: rootOwned });
  writeUpgradeState(context, { phase: 'to-be-tried', environment, from, time: system.now() });
  system.run(['/bin/sync']);
  activateOnce(system, environment);
}

/** Removes a clone at any stage. Never the running system. */
function takeDown({ system }: Context, environment: string): void {
  const found = bootEnvironments(system)?.find(({ name }) => name === environment);
  if (found === undefined || found.running) return;
  if (found.once) deactivateOnce(system, environment);
  // It may not be mounted, which is fine.
  system.run(['/sbin/umount', `${upgradeRoot}/dev`]);
  system.run(['/sbin/bectl', 'umount', '-f', environment]);
  destroyEnvironment(system, environment);
}

function isTooNew(version: string): boolean {
  return Number.parseInt(version, 10) >= 6;
}
