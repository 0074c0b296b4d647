import { apiAnswers, openSocketToGroup } from '../freebsd/api-service.ts';
import type { System } from '../system/system.ts';

const rcName = 'podman_service';
/** podman 6 ends a command over SSH after 30 s. */
const apiSeconds = 20;

export function isRunning(system: System): boolean {
  return system.run(['/usr/sbin/service', rcName, 'status']).code === 0;
}

/**
 * Has the running service read its variables and the certificates again. Returns at once, the restart continues in the
 * background: the socket stays open, and clients that connect meanwhile are answered by the new service. See
 * ignition/service/podman_service.subr.
 */
export function renew(system: System): void {
  if (system.run(['/usr/sbin/service', rcName, 'onerenew']).code === 0) return;
  // Started by a script other than ours, which can only restart.
  system.run(['/usr/sbin/daemon', '-f', '/usr/sbin/service', rcName, 'restart']);
}

/** Waits until the service that was started answers, and lets the machine's user in. */
export function waitForApi(system: System): void {
  const end = system.monotonicMs() + apiSeconds * 1000;
  while (!apiAnswers(system) && system.monotonicMs() < end) system.sleepMs(100);
  openSocketToGroup(system);
}
