import { agent } from '../../../ignition/src/agent.ts';
import { own } from '../../../ignition/src/freebsd/paths.ts';
import type { MemorySystem, Program } from './memory/memory-system.ts';
import type { RunResult } from '../../../ignition/src/system/system.ts';
import { freshGuest, type Guest } from './freebsd.ts';

/** A guest whose root is ZFS: what a test can see and set of its boot environments and packages. */
export interface ZfsGuest extends Guest {
  /** By name. One of them runs. */
  readonly environments: Map<string, { mountedAt?: string; devfs: boolean }>;
  running: string;
  /** What the loader takes: always, and at the next start only. */
  next: string;
  once: string | undefined;
  packagedBase: boolean;
  ownP9fs: boolean;
  /** The version of podman in the repositories. */
  offeredPodman: string;
  podmanLocked: boolean;
  /** The version of podman in the mounted environment. */
  podmanAfter: string;
  restarted: boolean;
  /** The repositories have newer packages. */
  updates: boolean;
}

const root = '/var/run/podbsd/upgrade';
const ok: RunResult = { code: 0, out: '', err: '' };
const fail = (code: number, err: string): RunResult => ({ code, out: '', err: `${err}\n` });

/** What an upgrade looks for in the clone. */
export const neededFiles = [
  '/boot/kernel/kernel',
  '/usr/sbin/sshd',
  '/usr/local/bin/podman',
  '/usr/local/bin/qjs',
  '/usr/local/bin/bash',
  '/usr/local/bin/sudo',
  '/usr/local/libexec/podbsd/podbsd-agent',
];

export function zfsGuest(): ZfsGuest {
  const guest: ZfsGuest = Object.assign(freshGuest(), {
    environments: new Map([['default', { devfs: false }]]),
    running: 'default',
    next: 'default',
    once: undefined,
    packagedBase: true,
    ownP9fs: false,
    offeredPodman: '5.8.3',
    podmanLocked: false,
    podmanAfter: '5.8.2',
    restarted: false,
    updates: true,
  });
  const { system } = guest;
  let second = 0;
  system.now = () => `2026-11-22T12:00:${String(second++ % 60).padStart(2, '0')}.000Z`;
  system.put('/etc/freebsd-update.conf', 'UpdateIfUnmodified /etc/\nMergeChanges /etc/ /boot/device.hints\n');
  system.putFolder('/var/db/podbsd');
  system.putFolder('/var/run/podbsd');
  const programs: Record<string, Program> = {
    '/sbin/bectl': ([, ...args]) => bectl(guest, args),
    '/usr/local/sbin/pkg': ([, ...args]) => pkg(guest, args),
    '/usr/local/bin/podman': ([, ...args]) =>
      args.join(' ') === '--version' ? { ...ok, out: 'podman version 5.8.2\n' } : fail(125, 'Error'),
    '/usr/bin/env': ([, ...args]) => freebsdUpdate(guest, args),
    '/bin/freebsd-version': ([, flag]) =>
      flag === '-u' ? { ...ok, out: '15.1-RELEASE-p2\n' } : fail(64, 'usage: freebsd-version'),
    '/sbin/shutdown': ([, ...args]) => {
      if (args.join(' ') !== '-r now') return fail(1, 'usage: shutdown');
      guest.restarted = true;
      return ok;
    },
    '/usr/bin/lockf': ([, ...args], memory) => {
      const [silent, wait, seconds, file, self = '', ...rest] = args;
      if ([silent, wait, seconds, file].join(' ') !== `-s -t 0 ${own.run}/upgrade.lock`)
        return fail(64, 'usage: lockf');
      return { ...ok, code: agent(memory, [self, ...rest]) };
    },
    ...devfs(guest, system),
  };
  for (const [path, program] of Object.entries(programs)) system.programs.set(path, program);
  return guest;
}

/** The machine starts anew, with what the loader chooses. The clone's files are the machine's then. */
export function restart(guest: ZfsGuest): void {
  const { system } = guest;
  const chosen = guest.once ?? guest.next;
  guest.once = undefined;
  guest.restarted = false;
  for (const name of system.list(own.run))
    if (system.lstat(`${own.run}/${name}`)?.type === 'file') system.remove(`${own.run}/${name}`);
  if (chosen === guest.running) return;
  const [from, to] = guest.running === 'default' ? ['', root] : [root, ''];
  swap(system, `${from}${own.upgrade}`, `${to}${own.upgrade}`);
  guest.running = chosen;
}

/** Each environment has a state file of its own. */
function swap(system: MemorySystem, one: string, other: string): void {
  const [first, second] = [system.readText(one) ?? '', system.readText(other) ?? ''];
  system.put(one, second);
  system.put(other, first);
}

/** bectl(8), as strict as FreeBSD 15's. */
function bectl(guest: ZfsGuest, args: readonly string[]): RunResult {
  const [verb, ...rest] = args;
  const name = rest.find((word) => !word.startsWith('-')) ?? '';
  const flags = rest.filter((word) => word.startsWith('-')).join(' ');
  const found = guest.environments.get(name);
  const change = (): void => guest.system.change(`bectl ${args.join(' ')}`);
  const unknown = fail(1, `bectl: boot environment '${name}' does not exist`);
  switch (`${verb ?? ''} ${flags}`.trim()) {
    case 'check':
      return ok;
    case 'list -H':
      return { ...ok, out: [...guest.environments.keys()].map((one) => line(guest, one)).join('') };
    case 'create':
      if (found !== undefined) return fail(1, `bectl: boot environment '${name}' already exists`);
      change();
      guest.environments.set(name, { devfs: false });
      return ok;
    case 'mount':
      if (found === undefined) return unknown;
      if (found.mountedAt !== undefined) return fail(1, 'bectl: already mounted');
      change();
      found.mountedAt = rest[1] ?? '';
      for (const path of neededFiles) guest.system.put(`${found.mountedAt}${path}`, '');
      guest.system.putFolder(`${found.mountedAt}/var/db/podbsd`);
      return ok;
    case 'umount -f':
      if (found?.mountedAt === undefined) return fail(1, 'bectl: not mounted');
      if (found.devfs) return fail(1, 'bectl: Device busy');
      change();
      delete found.mountedAt;
      return ok;
    case 'destroy -F -o':
      if (found === undefined) return unknown;
      if (name === guest.running || name === guest.next || name === guest.once)
        return fail(1, 'bectl: Cannot destroy active boot environment');
      if (found.mountedAt !== undefined) return fail(1, 'bectl: Cannot destroy mounted boot environment');
      change();
      guest.environments.delete(name);
      return ok;
    case 'activate -t':
    case 'activate -T':
    case 'activate':
      if (found === undefined) return unknown;
      if (found.mountedAt !== undefined) return fail(1, 'bectl: mounted');
      change();
      if (flags === '') guest.next = name;
      else guest.once = flags === '-t' ? name : undefined;
      return ok;
    default:
      return fail(1, `usage: bectl ${args.join(' ')}`);
  }
}

function line(guest: ZfsGuest, name: string): string {
  const letters = [
    name === guest.running ? 'N' : '',
    name === guest.next ? 'R' : '',
    name === guest.once ? 'T' : '',
  ];
  return `${name}\t${letters.join('') || '-'}\t${name === guest.running ? '/' : '-'}\t1.2G\t2026-11-22 12:00\n`;
}

/** pkg(8): options first, and `-c` only where an environment with devfs is mounted. */
function pkg(guest: ZfsGuest, args: readonly string[]): RunResult {
  const words = [...args];
  const options: string[] = [];
  let folder: string | undefined;
  while (words[0]?.startsWith('-') === true) {
    const [flag, value = ''] = words.splice(0, 2);
    if (flag === '-c') folder = value;
    else if (flag === '-o') options.push(value);
    else return fail(64, `pkg: illegal option ${flag ?? ''}`);
  }
  const isReady = [...guest.environments.values()].some((one) => one.mountedAt === folder && one.devfs);
  if (folder !== undefined && !isReady) return fail(1, `pkg: chroot ${folder} failed`);
  const line = words.join(' ');
  // Only looking is allowed in the running system.
  if (folder === undefined && line === 'update -q') return ok;
  if (folder === undefined && line === 'upgrade -n') return pending(guest);
  const needsFolder = /^(upgrade|update|rquery|lock|delete)/.test(line);
  if (needsFolder && folder === undefined)
    return fail(1, `pkg: this would change the running system: ${line}`);
  guest.system.change(`pkg ${args.join(' ')}`);
  switch (line) {
    case 'config ABI':
      return { ...ok, out: 'FreeBSD:15:amd64\n' };
    case 'query %n FreeBSD-runtime':
      return guest.packagedBase ? { ...ok, out: 'FreeBSD-runtime\n' } : fail(1, '');
    case 'query %v podbsd-p9fs-kmod':
      return guest.ownP9fs ? { ...ok, out: '0.1.0\n' } : fail(1, '');
    case 'query %v podman':
      return { ...ok, out: `${guest.podmanAfter}\n` };
    case 'rquery %v podman':
      return { ...ok, out: `${guest.offeredPodman}\n` };
    case 'update -f':
    case 'upgrade -y -r FreeBSD-base':
    case 'delete -y podbsd-p9fs-kmod':
      return ok;
    case 'lock -y podman':
      guest.podmanLocked = true;
      return ok;
    case 'upgrade -y':
      if (!guest.podmanLocked) guest.podmanAfter = guest.offeredPodman;
      return ok;
    default:
      return fail(64, `usage: pkg ${line}`);
  }
}

function pending({ updates }: ZfsGuest): RunResult {
  const list =
    'The following 1 package(s) will be affected:\n\nInstalled packages to be UPGRADED:\n\tbash: 5.3.3 -> 5.3.8\n';
  return updates
    ? { code: 1, out: list, err: '' }
    : { ...ok, out: 'Checking for upgrades: done\nYour packages are up to date.\n' };
}

/** freebsd-update(8), which never ends when it may ask a pager or merge files, and of which install is run until done. */
function freebsdUpdate(guest: ZfsGuest, [pager, program, ...args]: readonly string[]): RunResult {
  const [verb, ...more] = [...args].reverse();
  const options = more.reverse().join(' ');
  const conf = guest.system.readText(`${own.run}/freebsd-update.conf`) ?? '';
  const common = `-b ${root} -d ${root}/var/db/freebsd-update -f ${own.run}/freebsd-update.conf --currently-running 15.1-RELEASE-p2 --not-running-from-cron`;
  if (pager !== 'PAGER=/bin/cat' || program !== '/usr/sbin/freebsd-update')
    return fail(1, 'would wait for the pager');
  if (conf === '' || conf.includes('MergeChanges')) return fail(1, 'would wait for an editor');
  guest.system.change(`freebsd-update ${verb ?? ''}`);
  const count = guest.system.ran.filter((argv) => argv.at(-1) === 'install').length;
  switch (`${options} ${verb ?? ''}`) {
    case `${common} fetch`:
    case `${common} -r 15.2-RELEASE upgrade`:
      return ok;
    case `${common} install`:
      return count % 3 === 0 ? { ...ok, code: 2, out: 'No updates are available to install.\n' } : ok;
    default:
      return fail(1, `usage: freebsd-update ${args.join(' ')}`);
  }
}

function devfs(guest: ZfsGuest, system: MemorySystem): Record<string, Program> {
  const dev = `${root}/dev`;
  const target = () => [...guest.environments.values()].find((one) => one.mountedAt === root);
  const before = { mount: system.programs.get('/sbin/mount'), umount: system.programs.get('/sbin/umount') };
  return {
    '/sbin/mount': (argv, memory, input) => {
      if (argv.slice(1).join(' ') !== `-t devfs devfs ${dev}`)
        return before.mount?.(argv, memory, input) ?? fail(1, '');
      const found = target();
      if (found === undefined) return fail(1, `mount: ${dev}: No such file or directory`);
      memory.change(`mount ${dev}`);
      found.devfs = true;
      return ok;
    },
    '/sbin/umount': (argv, memory, input) => {
      if (argv[1] !== dev) return before.umount?.(argv, memory, input) ?? fail(1, '');
      const found = target();
      if (found?.devfs !== true) return fail(1, `umount: ${dev}: not a file system root directory`);
      memory.change(`umount ${dev}`);
      found.devfs = false;
      return ok;
    },
  };
}
