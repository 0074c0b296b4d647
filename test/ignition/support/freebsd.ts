import { createHash } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { gunzipSync } from 'node:zlib';
import { encodeUtf8 } from '../../../ignition/src/utf8.ts';
import { MemorySystem, type Filter, type Program } from './memory/memory-system.ts';
import type { RunResult } from '../../../ignition/src/system/system.ts';
import { pw } from './pw.ts';
import { layOutServices, servicePrograms, type Services } from './services.ts';

/** What a test can see and set of a FreeBSD guest in memory, besides its files. */
export interface Guest extends Services {
  readonly system: MemorySystem;
  /** Items of fw_cfg by name. */
  readonly fwcfg: Map<string, string>;
  /** Tags of 9P shares that the host offers. */
  readonly tags: string[];
  /** What is mounted: `TAG TARGET ro|rw`. */
  readonly mounts: string[];
  /** Settings of the kernel. */
  readonly settings: Map<string, string>;
  hostname: string;
  sshdAccepts: boolean;
  apiAnswers: boolean;
}

const ok: RunResult = { code: 0, out: '', err: '' };

function fail(code: number, err: string): RunResult {
  return { code, out: '', err: `${err}\n` };
}

/** A freshly installed image: the accounts, folders and programs that the agent meets on FreeBSD. */
export function freshGuest(files: MemorySystem = new MemorySystem()): Guest {
  const guest: Guest = {
    system: files,
    fwcfg: new Map(),
    tags: [],
    mounts: [],
    services: [],
    settings: new Map([
      ['kern.maxfiles', '1000'],
      ['kern.ipc.somaxconn', '128'],
    ]),
    hostname: '',
    active: new Set(['sshd', 'ntpd', 'podman_service']),
    shutdowns: [],
    sshdAccepts: true,
    apiAnswers: true,
  };
  if (files.lstat('/etc/master.passwd') === undefined) layOut(files);
  for (const [path, program] of Object.entries(programs(guest))) files.programs.set(path, program);
  for (const [path, filter] of Object.entries(filters)) files.filters.set(path, filter);
  return guest;
}

function layOut(files: MemorySystem): void {
  const system = 'root:*:0:0::0:0:Charlie &:/root:/bin/sh\ndaemon:*:1:1::0:0::/root:/usr/sbin/nologin\n';
  files.put(
    '/etc/master.passwd',
    `${system}nobody:*:65534:65534::0:0::/nonexistent:/usr/sbin/nologin\n`,
    0o600,
  );
  files.put('/etc/group', 'wheel:*:0:root\ndaemon:*:1:\noperator:*:5:root\nnobody:*:65534:\n');
  for (const path of [
    '/dev',
    '/etc/ssh',
    '/home',
    '/root',
    '/usr/local/etc/sudoers.d',
    '/usr/local/bin',
    '/mnt',
  ]) {
    files.putFolder(path);
  }
  for (const path of ['/tmp', '/var/tmp']) files.putFolder(path, 0o1777);
  for (const path of [
    '/var/db',
    '/var/log',
    '/var/run',
    '/usr/bin',
    '/bin',
    '/sbin',
    '/usr/local/etc/containers',
  ]) {
    files.putFolder(path);
  }
  for (const zone of ['UTC', 'Europe/Berlin']) files.put(`/usr/share/zoneinfo/${zone}`, 'TZif2');
  files.put('/usr/local/bin/bash', '', 0o755);
  for (const path of Object.keys(filters)) files.put(path, '', 0o555);
  files.put('/usr/local/etc/containers/containers.conf', '# the image’s own\n');
  files.put('/dev/vtcon/org.fedoraproject.port.0', '', 0o600);
  files.put('/dev/console', '', 0o600);
  files.put('/etc/ssh/sshd_config', '# FreeBSD’s own\nSubsystem sftp /usr/libexec/sftp-server\n');
  files.put('/etc/profile', '# FreeBSD’s own\n');
  layOutServices(files);
}

function programs(guest: Guest): Record<string, Program> {
  return {
    '/usr/local/libexec/podbsd/fwcfg': ([, , name = '']) => {
      const item = guest.fwcfg.get(name);
      return item === undefined ? fail(66, `fwcfg: there is no item ${name}`) : { ...ok, out: item };
    },
    '/usr/sbin/pw': pw,
    '/usr/sbin/chown': chown,
    '/bin/chmod': ([, mode = '', path = '', ...more], system) => {
      if (!/^[0-7]{4}$/.test(mode) || more.length > 0) return fail(1, 'usage: chmod mode file');
      system.change(`chmod ${path}`);
      system.entry(path).mode = parseInt(mode, 8);
      return ok;
    },
    '/bin/ln': ([, from = '', to = ''], system) => {
      system.hardLink(from, to);
      return ok;
    },
    '/bin/sync': () => ok,
    '/usr/local/sbin/visudo': ([, flag, path = ''], system) => {
      const text = system.readText(path) ?? '';
      const rule = /^(?:#.*|Defaults\s.*|[#%]?[\w-]+ ALL\s*=\s*\(ALL\) (?:NOPASSWD: )?ALL|)$/;
      const good = text.split('\n').every((line) => rule.test(line));
      return flag === '-cf' && good ? ok : fail(1, `visudo: ${path}: syntax error`);
    },
    '/usr/sbin/certctl': ([, verb], system) => {
      if (verb !== 'rehash') return fail(64, 'usage: certctl');
      system.change('certctl rehash');
      for (const name of system.list('/etc/ssl/certs')) system.remove(`/etc/ssl/certs/${name}`);
      for (const name of system.list('/usr/local/share/certs'))
        system.put(`/etc/ssl/certs/${name}`, system.readBytes(`/usr/local/share/certs/${name}`) ?? '');
      return ok;
    },
    '/bin/hostname': ([, name]) => {
      if (name === undefined) return { ...ok, out: `${guest.hostname}\n` };
      guest.hostname = name;
      return ok;
    },
    '/bin/sh': ([, flag, path = ''], system) => {
      const { status, stderr } = spawnSync('/bin/sh', ['-n'], { input: system.readText(path) ?? '' });
      return flag === '-n' ? { code: status ?? 1, out: '', err: String(stderr) } : fail(2, 'usage: sh');
    },
    '/usr/sbin/sshd': ([, ...args], system) => {
      const [mode, flag, path = ''] = args;
      if (mode !== '-G' || flag !== '-f') return fail(1, `unknown option -- ${args.join(' ')}`);
      const bad = includedLines(system, path).find((line) => !sshdLine.test(line));
      return bad === undefined ? ok : fail(255, `${path}: Bad configuration option: ${bad}`);
    },
    '/usr/bin/ssh': () => {
      const accepted = guest.sshdAccepts ? 'debug1: Server accepts key: x ED25519\n' : '';
      return {
        code: 255,
        out: '',
        err: `debug1: Remote protocol version 2.0\n${accepted}Permission denied.\n`,
      };
    },
    '/usr/bin/nc': (_argv, _system, input) =>
      guest.apiAnswers && input.startsWith('GET /_ping HTTP/1.0\r\n')
        ? { ...ok, out: 'HTTP/1.0 200 OK\r\n\r\nOK' }
        : fail(1, ''),
    ...servicePrograms(guest),
    ...shares(guest),
    ...ufs,
  };
}

const sshdLine = /^(?:#.*|\s*|Include \S+|(?:AllowTcpForwarding|Banner|ClientAliveInterval|Subsystem) .+)$/;

function includedLines(system: MemorySystem, path: string): string[] {
  return (system.readText(path) ?? `there is no ${path}`).split('\n').flatMap((line) => {
    const included = /^Include ([^*]+)$/.exec(line)?.[1];
    return included === undefined ? [line] : includedLines(system, included);
  });
}

const chown: Program = ([, ...args], system) => {
  const flags = args.filter((arg) => arg.startsWith('-'));
  const [owner = '', path = ''] = args.filter((arg) => !arg.startsWith('-'));
  const [, uid = '', gid] = /^(\d+)(?::(\d+))?$/.exec(owner) ?? [];
  if (uid === '' || !flags.includes('-h')) return fail(1, `usage: chown ${args.join(' ')}`);
  const paths = flags.includes('-R') ? below(system, path) : [path];
  for (const one of paths) {
    system.change(`chown ${one}`);
    const entry = system.entry(one);
    entry.uid = Number(uid);
    if (gid !== undefined) entry.gid = Number(gid);
    entry.mode &= 0o1777;
  }
  return ok;
};

function below(system: MemorySystem, path: string): string[] {
  const isFolder = system.lstat(path)?.type === 'directory';
  return [path, ...(isFolder ? system.list(path).flatMap((name) => below(system, `${path}/${name}`)) : [])];
}

const filters: Record<string, Filter> = {
  '/usr/bin/b64decode': ([, ...args], input) =>
    args.join(' ') === '-r'
      ? { code: 0, out: new Uint8Array(Buffer.from(Buffer.from(input).toString(), 'base64')), err: '' }
      : { code: 1, out: new Uint8Array(), err: 'usage: b64decode\n' },
  '/usr/bin/gunzip': ([, ...args], input) => {
    if (args.join(' ') !== '-c') return { code: 1, out: new Uint8Array(), err: 'usage: gunzip\n' };
    try {
      return { code: 0, out: new Uint8Array(gunzipSync(input)), err: '' };
    } catch {
      return { code: 1, out: new Uint8Array(), err: 'gunzip: (stdin): not in gzip format\n' };
    }
  },
  '/sbin/sha256': hash('sha256'),
  '/sbin/sha512': hash('sha512'),
  '/usr/bin/cmp': ([, ...args], input, system) => {
    const [flag, dash, path = ''] = args;
    const bytes = system.readBytes(path);
    const isUsage = flag !== '-s' || dash !== '-' || args.length !== 3;
    const isSame = bytes !== undefined && Buffer.from(bytes).equals(input);
    return { code: isUsage ? 2 : isSame ? 0 : 1, out: new Uint8Array(), err: '' };
  },
};

function hash(algorithm: string): Filter {
  return ([, ...args], input) =>
    args.join(' ') === '-q'
      ? { code: 0, out: encodeUtf8(`${createHash(algorithm).update(input).digest('hex')}\n`), err: '' }
      : { code: 1, out: new Uint8Array(), err: `usage: ${algorithm} -q\n` };
}

const ufs: Record<string, Program> = {
  '/sbin/zfs': () => fail(1, "cannot open '/': not a ZFS filesystem"),
};

/** p9fs(4), as strict as FreeBSD: options first, none but ro, a tag that is there and not mounted yet. */
function shares(guest: Guest): Record<string, Program> {
  let loaded = false;
  return {
    '/sbin/kldload': ([, ...args]) => {
      if (args.join(' ') !== '-n virtio_p9fs') return fail(1, 'usage: kldload');
      loaded = true;
      return ok;
    },
    '/sbin/sysctl': ([, ...args]) => {
      const [, setting, value] = /^([a-z.]+)=(.*)$/.exec(args.join(' ')) ?? [];
      if (setting !== undefined && value !== undefined) {
        if (!guest.settings.has(setting)) return fail(1, `sysctl: unknown oid '${setting}'`);
        if (!/^\d+$/.test(value)) return fail(1, `sysctl: invalid integer '${value}'`);
        guest.settings.set(setting, value);
        return ok;
      }
      if (args[0] === '-N') return guest.settings.has(args[1] ?? '') ? ok : fail(1, 'sysctl: unknown oid');
      if (args.join(' ') !== 'dev.virtio_p9fs') return fail(1, 'usage: sysctl');
      if (!loaded || guest.tags.length === 0) return fail(1, "sysctl: unknown oid 'dev.virtio_p9fs'");
      const lines = guest.tags.map(
        (tag, unit) =>
          `dev.virtio_p9fs.${unit}.p9fs_mount_tag: ${tag}\ndev.virtio_p9fs.${unit}.%driver: virtio_p9fs\n`,
      );
      return { ...ok, out: lines.join('') };
    },
    '/sbin/mount': ([, ...args], system) => {
      if (args.join(' ') === '-p') return { ...ok, out: guest.mounts.map(fstabLine).join('') };
      const [, type, readOnly, tag = '', target = ''] =
        /^-t (p9fs)( -o ro)? (\S+) (\/.*)$/.exec(args.join(' ')) ?? [];
      if (type === undefined) return { code: 1, out: '', err: `usage: mount ${args.join(' ')}\n` };
      if (!guest.tags.includes(tag) || tag.length > 31 || !loaded)
        return fail(1, `mount: ${tag}: Invalid argument`);
      if (guest.mounts.some((line) => line.startsWith(`${tag} `)))
        return fail(1, `mount: ${tag}: Device busy`);
      if (system.lstat(target)?.type !== 'directory')
        return fail(1, `mount: ${target}: No such file or directory`);
      system.change(`mount ${target}`);
      guest.mounts.push(`${tag} ${target} ${readOnly === undefined ? 'rw' : 'ro'}`);
      return ok;
    },
    '/sbin/umount': ([, target = ''], system) => {
      const index = guest.mounts.findIndex((line) => line.split(' ').slice(1, -1).join(' ') === target);
      if (index < 0) return fail(1, `umount: ${target}: not a file system root directory`);
      system.change(`umount ${target}`);
      guest.mounts.splice(index, 1);
      return ok;
    },
  };
}

function fstabLine(mount: string): string {
  const [tag = '', ...rest] = mount.split(' ');
  return `${tag}\t\t${rest.slice(0, -1).join(' ')}\tp9fs\t${rest.at(-1) ?? ''}\t\t0 0\n`;
}
