import type { RunResult } from '../../../ignition/src/system/system.ts';
import type { MemorySystem, Program } from './memory/memory-system.ts';

/** What a test can see and set of the services of a guest in memory. */
export interface Services {
  /** Calls of service(8), e.g. `podman_service restart`. */
  readonly services: string[];
  /** The rc scripts whose service runs. */
  readonly active: Set<string>;
  /** Calls of shutdown(8), e.g. `-r now`. */
  readonly shutdowns: string[];
}

const ok: RunResult = { code: 0, out: '', err: '' };
const fail = (code: number, err: string): RunResult => ({ code, out: '', err: `${err}\n` });

const scripts = [
  '/etc/rc.d/sshd',
  '/etc/rc.d/ntpd',
  '/usr/local/etc/rc.d/podman',
  '/usr/local/etc/rc.d/podman_service',
  '/usr/local/etc/rc.d/podbsd_provision',
  '/usr/local/etc/rc.d/podbsd_ready',
  '/usr/local/etc/rc.d/podbsd_storage',
];

const settings = '/etc/rc.conf.settings';

export function layOutServices(files: MemorySystem): void {
  for (const path of scripts) files.put(path, '#!/bin/sh\n', 0o755);
  const names = scripts.map((path) => path.slice(path.lastIndexOf('/') + 1));
  files.put(settings, names.map((name) => `${name}_enable=YES\n`).join(''));
}

/** service(8), sysrc(8) and shutdown(8), as strict as FreeBSD's about names and verbs. */
export function servicePrograms(guest: Services): Record<string, Program> {
  return {
    '/usr/sbin/service': ([, name = '', verb = '', ...more], system) => {
      const there = ['/etc/rc.d', '/usr/local/etc/rc.d'].some((folder) => system.list(folder).includes(name));
      if (more.length > 0 || !there) return fail(1, `${name} does not exist in /etc/rc.d`);
      guest.services.push(`${name} ${verb}`);
      return act(guest, system, name, verb);
    },
    '/usr/sbin/sysrc': ([, quiet, assignment = '', ...more], system) => {
      if (quiet === '-qn' && more.length === 0) return shown(system, assignment);
      const [name, value] = assignment.split('=');
      if (quiet !== '-q' || value === undefined || more.length > 0) return fail(1, 'usage: sysrc');
      system.change(`sysrc ${assignment}`);
      system.put(settings, `${system.readText(settings) ?? ''}${name ?? ''}=${value}\n`);
      return ok;
    },
    '/sbin/shutdown': ([, ...args]) => {
      if (!['-r now', '-p now', '-h now'].includes(args.join(' '))) return fail(1, 'usage: shutdown');
      guest.shutdowns.push(args.join(' '));
      return ok;
    },
  };
}

/** The value that was set last. */
function shown(system: MemorySystem, name: string): RunResult {
  const lines = (system.readText(settings) ?? '').split('\n');
  const value = lines.findLast((line) => line.startsWith(`${name}=`))?.split('=')[1];
  return value === undefined ? fail(1, '') : { ...ok, out: `${value}\n` };
}

function act(guest: Services, system: MemorySystem, name: string, verb: string): RunResult {
  const runs = guest.active.has(name);
  switch (verb.replace(/^one/, '')) {
    case 'status':
      return runs ? { ...ok, out: `${name} is running as pid 7.\n` } : fail(1, `${name} is not running.`);
    case 'enabled':
      return shown(system, `${name}_enable`).out === 'YES\n' ? ok : fail(1, '');
    case 'start':
    case 'restart':
      system.change(`service ${name} ${verb}`);
      guest.active.add(name);
      return ok;
    case 'stop':
      system.change(`service ${name} stop`);
      guest.active.delete(name);
      return ok;
    case 'renew':
      return name === 'podman_service' && runs ? ok : fail(1, `${name}: unknown directive 'renew'.`);
    default:
      return fail(1, `${name}: unknown directive '${verb}'.`);
  }
}
