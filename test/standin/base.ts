import { existsSync } from 'node:fs';
import { copyFile, cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { cachePath, cachedFolder } from '../support/cache.ts';
import { trixiePackages } from '../support/trixie.ts';
import { applets } from './applets.ts';
import { debianKernel, foreign } from './kernel.ts';
import { installModules, moduleLists } from './modules.ts';
import { amd64, type Processor } from './processor.ts';

/** Raise when what lies in the cache is no longer what this file would put there. */
const VERSION = 4;

/** All from one Debian release, so that programs and libraries fit. */
const PACKAGES = [
  [
    'bash',
    'busybox-static',
    'dash',
    'netcat-openbsd',
    'openssh-client',
    'openssh-server',
    'openssh-sftp-server',
  ],
  ['quickjs', 'sudo', 'tzdata', 'libpam-modules', 'libc6'],
  [
    'libapparmor1',
    'libaudit1',
    'libbsd0',
    'libcap-ng0',
    'libcap2',
    'libcbor0.10',
    'libcom-err2',
    'libcrypt1',
  ],
  ['libedit2', 'libfido2-1', 'libgcc-s1', 'libgssapi-krb5-2', 'libk5crypto3', 'libkeyutils1', 'libkrb5-3'],
  ['libkrb5support0', 'libmd0', 'libnsl2', 'libpam0g', 'libpcre2-8-0', 'libselinux1', 'libsqlite3-0'],
  ['libssl3t64', 'libtinfo6', 'libtirpc3t64', 'libudev1', 'libwrap0', 'libwtmpdb0', 'zlib1g', 'libzstd1'],
].flat();

/** Debian's programs, and the paths at which FreeBSD (base system or package) has them. */
const PROGRAMS: readonly (readonly [debian: string, freebsd: string])[] = [
  ['usr/bin/bash', 'usr/local/bin/bash'],
  // FreeBSD's sh is a relative of dash; busybox's would run its own mount and sysctl instead of those in the path.
  ['usr/bin/dash', 'bin/sh'],
  ['usr/bin/nc.openbsd', 'usr/bin/nc'],
  ['usr/bin/qjs', 'usr/local/bin/qjs'],
  ['usr/bin/ssh', 'usr/bin/ssh'],
  ['usr/bin/ssh-keygen', 'usr/bin/ssh-keygen'],
  ['usr/bin/sudo', 'usr/local/bin/sudo'],
  ['usr/lib/openssh/sftp-server', 'usr/libexec/sftp-server'],
  ['usr/sbin/sshd', 'usr/sbin/sshd'],
  ['usr/sbin/visudo', 'usr/local/sbin/visudo'],
  // Parts that the programs look for where Debian compiled them in.
  ['usr/lib/openssh/sshd-auth', 'usr/lib/openssh/sshd-auth'],
  ['usr/lib/openssh/sshd-session', 'usr/lib/openssh/sshd-session'],
  ['usr/libexec/sudo/libsudo_util.so.0', 'usr/libexec/sudo/libsudo_util.so.0'],
  ['usr/libexec/sudo/sudoers.so', 'usr/libexec/sudo/sudoers.so'],
];

/** Loaded by name at run time, so no program lists them. */
const LIBRARIES = ['libnss_files.so.2', 'libnss_dns.so.2', 'libgcc_s.so.1'];

const FOLDERS = [
  'dev',
  'proc',
  'sys',
  'root',
  'home',
  'mnt',
  'media',
  'tmp',
  'var/db',
  'var/log',
  'var/run',
  'var/empty',
  'var/tmp',
];

/**
 * The part of the stand-in guest that does not change with podbsd: programs, libraries, kernel modules. Made once and kept
 * in the cache.
 */
export async function baseTree(processor = amd64): Promise<string> {
  const name = `base-${VERSION}${processor === amd64 ? '' : `-${processor.architecture}`}`;
  return await cachedFolder(cachePath('standin', name, 'tree'), (folder) => fillBase(folder, processor));
}

async function fillBase(folder: string, processor: Processor): Promise<void> {
  const debian = await trixiePackages(PACKAGES, foreign(processor));
  for (const name of FOLDERS) await mkdir(join(folder, name), { recursive: true });
  await installPrograms(debian, folder, processor);
  await installBusybox(debian, folder);
  await cp(join(debian, 'usr/share/zoneinfo'), join(folder, 'usr/share/zoneinfo'), {
    recursive: true,
    verbatimSymlinks: true,
  });
  const modules = join(folder, 'libexec/standin/modules');
  await installModules(await debianKernel(processor), modules, moduleLists(processor.atBoot));
}

async function installPrograms(debian: string, folder: string, processor: Processor): Promise<void> {
  const { triplet, loader } = processor;
  const own = `usr/lib/${triplet}`;
  const permit = `${own}/security/pam_permit.so`;
  const libraries = new Set(LIBRARIES);
  for (const [from, to] of [...PROGRAMS, [permit, permit] as const]) {
    await copyInto(join(debian, from), join(folder, to));
    await addLibraries(debian, own, join(debian, from), libraries);
  }
  // sudo without this bit refuses to run.
  await execa('chmod', ['4555', join(folder, 'usr/local/bin/sudo')]);
  for (const library of libraries)
    if (!library.startsWith('libsudo'))
      await copyInto(join(debian, own, library), join(folder, own, library));
  await mkdir(dirname(join(folder, loader.path)), { recursive: true });
  await symlink(`/${own}/${loader.name}`, join(folder, loader.path));
}

/** Adds the names of the shared libraries that a program needs, and those that they need: of any processor's programs. */
async function addLibraries(debian: string, own: string, file: string, into: Set<string>): Promise<void> {
  const { stdout } = await execa('readelf', ['--dynamic', '--wide', file]);
  for (const [, name = ''] of stdout.matchAll(/\(NEEDED\).*\[(.+)\]$/gm)) {
    if (into.has(name)) continue;
    into.add(name);
    const places = [join(debian, own, name), join(debian, 'usr/libexec/sudo', name)];
    const found = places.find((path) => existsSync(path));
    if (found === undefined) throw new Error(`${file} needs a package more, for ${name}`);
    await addLibraries(debian, own, found, into);
  }
}

async function installBusybox(debian: string, folder: string): Promise<void> {
  const busybox = 'libexec/standin/busybox';
  await copyInto(join(debian, 'usr/bin/busybox'), join(folder, busybox));
  await symlink(`/${busybox}`, join(folder, 'init'));
  for (const path of applets) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await symlink(`/${busybox}`, join(folder, path));
  }
  // nologin(8) refuses; a link to false would lose its message.
  await writeFile(
    join(folder, 'usr/sbin/nologin'),
    '#!/bin/sh\necho This account is currently not available.\nexit 1\n',
    {
      mode: 0o555,
    },
  );
}

async function copyInto(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  await copyFile(from, to);
}
