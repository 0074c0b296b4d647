import { apiAnswers } from '../../freebsd/api-service.ts';
import { own } from '../../freebsd/paths.ts';
import { readStatus } from '../../state/status.ts';
import type { System } from '../../system/system.ts';

/** A unit of systemd that means something in this guest. */
export interface Unit {
  /** With its suffix: `podman.socket`. */
  readonly name: string;
  /** The rc script that does its work. */
  readonly rc: string;
  readonly description: string;
  /** Runs once, then stays active, as with systemd's RemainAfterExit. */
  readonly oneshot?: boolean;
  /** Asked when the rc script says that it does not run: without root's rights it may be invisible. */
  readonly answers?: (system: System) => boolean;
  /** Whether it has failed, for what can be told from its being stopped. */
  readonly failed?: (system: System) => boolean;
}

const left = (pidFile: string) => (system: System) => system.lstat(pidFile) !== undefined;

const notProvisioned = (system: System) => readStatus(system)?.ok === false;
const notReady = (system: System) => system.readText(own.ready)?.startsWith('Failed') === true;

/** Users outside group podman cannot even check. */
function canAsk(system: System): boolean {
  try {
    return apiAnswers(system);
  } catch {
    return false;
  }
}

const podman = {
  rc: 'podman_service',
  answers: canAsk,
  failed: left('/var/run/podman_service.pid'),
} as const;
const once = { oneshot: true } as const;

/** In the order of list-units. Where the rc script is missing, the unit is not there. */
const table: readonly Unit[] = [
  { name: 'chronyd.service', rc: 'chronyd', description: 'NTP client/server' },
  { name: 'ntpd.service', rc: 'ntpd', description: 'Network Time Service' },
  { name: 'podbsd_health.service', rc: 'podbsd_health', description: 'Health checks of containers' },
  { name: 'podbsd_late.service', rc: 'podbsd_late', description: 'What may come after the ready message' },
  {
    name: 'podbsd_provision.service',
    rc: 'podbsd_provision',
    description: 'Configuration of podman machine',
    failed: notProvisioned,
    ...once,
  },
  {
    name: 'podbsd_ready.service',
    rc: 'podbsd_ready',
    description: 'Ready message',
    failed: notReady,
    ...once,
  },
  { name: 'podbsd_storage.service', rc: 'podbsd_storage', description: 'Container storage', ...once },
  {
    name: 'podman-restart.service',
    rc: 'podman',
    description: 'Containers that restart by themselves',
    ...once,
  },
  { name: 'podman.service', description: 'Podman API Service', ...podman },
  { name: 'podman.socket', description: 'Podman API Socket', ...podman },
  // The unit of podman's own config.
  { name: 'ready.service', rc: 'podbsd_ready', description: 'Ready message', failed: notReady, ...once },
  {
    name: 'sshd.service',
    rc: 'sshd',
    description: 'OpenSSH server daemon',
    failed: left('/var/run/sshd.pid'),
  },
];

/** systemctl(1): a name without a suffix is that of a service. */
export function fullName(name: string): string {
  return /\.(?:service|socket|target|timer|mount|automount|path|slice|scope|device|swap)$/.test(name)
    ? name
    : `${name}.service`;
}

export function unitNamed(system: System, name: string): Unit | undefined {
  return units(system).find((unit) => unit.name === fullName(name));
}

/** Those whose rc script is there. */
export function units(system: System): readonly Unit[] {
  return table.filter(({ rc }) => scriptOf(system, rc) !== undefined);
}

/** The path of an rc script. */
export function scriptOf(system: System, rc: string): string | undefined {
  return ['/etc/rc.d', '/usr/local/etc/rc.d']
    .map((folder) => `${folder}/${rc}`)
    .find((path) => system.lstat(path) !== undefined);
}
