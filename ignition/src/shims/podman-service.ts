import { apiAnswers, openSocketToGroup } from '../freebsd/api-service.ts';
import type { System } from '../system/system.ts';

const apiSeconds = 20;

export function isRunning(system: System): boolean {
  return system.run(['/usr/sbin/service', 'podman_service', 'status']).code === 0;
}

/** service(8) for the API service; when it has been started, waits until it answers, and lets the machine's user in. */
export function service(system: System, verb: string): number {
  const result = system.run(['/usr/sbin/service', 'podman_service', verb]);
  system.err(result.err);
  if (result.code !== 0 || verb === 'stop') return result.code;
  const end = system.monotonicMs() + apiSeconds * 1000;
  while (!apiAnswers(system) && system.monotonicMs() < end) system.sleepMs(250);
  openSocketToGroup(system);
  return 0;
}
