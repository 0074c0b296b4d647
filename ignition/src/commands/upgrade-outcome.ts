import { Context } from '../apply/context.ts';
import { readUpgradeState, writeUpgradeState } from '../state/upgrade.ts';
import { activateForGood, bootEnvironments } from '../freebsd/bectl.ts';
import { own } from '../freebsd/paths.ts';
import { messageOf, type System } from '../system/system.ts';
import { announce } from '../log.ts';

/** The machine is ready: an upgraded system that was on trial stays, one that was tried and is not running has failed. */
export function concludeUpgrade(system: System): void {
  const state = readUpgradeState(system);
  if (state === undefined) return;
  const context = new Context(system);
  try {
    if (state.phase === 'on-trial' && runs(system, state.environment)) {
      activateForGood(system, state.environment);
      writeUpgradeState(context, { ...state, phase: 'confirmed', time: system.now() });
      announce(system, `the upgrade is confirmed: ${state.environment} is started from now on`);
    }
    // In the boot that made the upgrade it has not been tried yet.
    if (state.phase === 'to-be-tried' && system.lstat(own.upgradeThisBoot) === undefined) {
      const reason = `${state.environment} did not get ready; this is ${state.from} again`;
      writeUpgradeState(context, { ...state, phase: 'fallen-back', time: system.now(), reason });
      announce(system, `the upgrade has failed: ${reason}`);
    }
  } catch (error) {
    announce(system, `the upgrade could not be concluded: ${messageOf(error)}`);
  }
}

/**
 * The machine is not ready: if that is an upgraded system on trial, the machine reboots, into the old system. Answers
 * whether it does; podman then keeps waiting and sees the old system become ready.
 */
export function fallBack(system: System, reason: string): boolean {
  const state = readUpgradeState(system);
  if (state?.phase !== 'on-trial' || !runs(system, state.environment)) return false;
  writeUpgradeState(new Context(system), { ...state, phase: 'failed', time: system.now(), reason });
  announce(system, `the upgraded system is not ready: ${reason}; starting ${state.from} again`);
  system.run(['/bin/sync']);
  return system.run(['/sbin/shutdown', '-r', 'now']).code === 0;
}

function runs(system: System, environment: string): boolean {
  return bootEnvironments(system)?.some(({ name, running }) => name === environment && running) === true;
}
