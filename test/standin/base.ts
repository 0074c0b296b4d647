import { copyFile, cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { cachePath, cachedFolder } from '../support/cache.ts';
import { ownLoaderArgv } from '../support/own-loader.ts';
import { trixiePackages } from '../support/trixie.ts';
import { applets } from './applets.ts';
import { debianKernel } from './kernel.ts';
import { installModules } from './modules.ts';

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
  ['usr/lib/x86_64-linux-gnu/security/pam_permit.so', 'usr/lib/x86_64-linux-gnu/security/pam_permit.so'],
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
export async function baseTree(): Promise<string> {
  return await cachedFolder(cachePath('standin', `base-${VERSION}`, 'tree'), fillBase);
}

async function fillBase(folder: string): Promise<void> {
  const debian = await trixiePackages(PACKAGES);
  for (const name of FOLDERS) await mkdir(join(folder, name), { recursive: true });
  await installPrograms(debian, folder);
  await installBusybox(debian, folder);
  await cp(join(debian, 'usr/share/zoneinfo'), join(folder, 'usr/share/zoneinfo'), {
    recursive: true,
    verbatimSymlinks: true,
  });
  await installModules(await debianKernel(), join(folder, 'libexec/standin/modules'));
}

async function installPrograms(debian: string, folder: string): Promise<void> {
  const libraries = new Set(LIBRARIES.map((name) => join(debian, 'usr/lib/x86_64-linux-gnu', name)));
  for (const [from, to] of PROGRAMS) {
    await copyInto(join(debian, from), join(folder, to));
    for (const library of await librariesOf(debian, from)) libraries.add(library);
  }
  // sudo without this bit refuses to run.
  await execa('chmod', ['4555', join(folder, 'usr/local/bin/sudo')]);
  const target = join(folder, 'usr/lib/x86_64-linux-gnu');
  for (const library of libraries) await copyInto(library, join(target, library.split('/').at(-1) ?? ''));
  await mkdir(join(folder, 'lib64'), { recursive: true });
  await symlink('/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2', join(folder, 'lib64/ld-linux-x86-64.so.2'));
}

/** The shared libraries that a program needs, asked from the loader that will run it. */
async function librariesOf(debian: string, program: string): Promise<string[]> {
  const [loader, option, path, file] = ownLoaderArgv(debian, program);
  const search = `${path ?? ''}:${join(debian, 'usr/libexec/sudo')}`;
  const { stdout } = await execa(loader, [option ?? '', search, '--list', file ?? '']);
  const found = [...stdout.matchAll(/(?:=> |^\s*)(\/\S+) \(0x/gm)].map((match) => match[1] ?? '');
  const foreign = found.filter((library) => !library.startsWith(debian));
  if (foreign.length > 0) throw new Error(`${program} needs a package more, for ${foreign.join(', ')}`);
  return found.filter((library) => !library.includes('/libexec/'));
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
