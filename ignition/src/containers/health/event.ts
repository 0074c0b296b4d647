import { isContainerId } from './container.ts';

/** One line of `podman events --format json`, as far as the service needs it. */
export interface ContainerEvent {
  readonly id: string;
  readonly what: 'begun' | 'ended' | 'changed' | 'renamed' | 'checked';
  /** Of a check: what podman made of it. */
  readonly health?: string;
}

const meanings: Readonly<Record<string, ContainerEvent['what']>> = {
  start: 'begun',
  restart: 'begun',
  unpause: 'begun',
  died: 'ended',
  die: 'ended',
  stop: 'ended',
  cleanup: 'ended',
  remove: 'ended',
  pause: 'ended',
  update: 'changed',
  rename: 'renamed',
  health_status: 'checked',
};

/** undefined: nothing that matters here, or no whole event. A stream may begin and end in the middle of a line. */
export function parseEvent(line: string): ContainerEvent | undefined {
  let event: unknown;
  try {
    event = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof event !== 'object' || event === null) return undefined;
  const {
    ID: id,
    Type: type,
    Status: status,
    health_status: health,
    HealthStatus,
  } = event as Record<string, unknown>;
  const what = typeof status === 'string' ? meanings[status] : undefined;
  if (what === undefined || typeof id !== 'string' || !isContainerId(id)) return undefined;
  if (type !== undefined && type !== 'container') return undefined;
  const told = health ?? HealthStatus;
  return { id, what, ...(typeof told === 'string' && told !== '' ? { health: told } : {}) };
}
