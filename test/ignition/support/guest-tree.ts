import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { baseTree } from '../../standin/base.ts';
import { installGuestFiles } from '../../standin/guest-files.ts';
import { debianPackagesUnavailable } from '../../support/debian.ts';
import { findProgram, missing } from '../../support/programs.ts';

/** Why the tree of the stand-in guest cannot be entered here, or undefined when it can. */
export function guestTreeUnavailable(): string | undefined {
  if (process.getuid?.() !== 0) return 'chroot needs root';
  return debianPackagesUnavailable() ?? missing('gcc', 'make', 'mknod', 'chroot');
}

interface Ran {
  readonly exitCode?: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The files of the stand-in guest in a folder: programs run in it with chroot, nothing is booted. */
export interface GuestTree {
  readonly root: string;
  /** Runs a program of the tree as root. */
  run(...argv: [string, ...string[]]): Promise<Ran>;
  runAs(uid: number, ...argv: [string, ...string[]]): Promise<Ran>;
  remove(): Promise<void>;
}

export async function makeGuestTree(): Promise<GuestTree> {
  const folder = await mkdtemp(join(tmpdir(), 'podbsd-guest-'));
  const root = join(folder, 'root');
  await execa('cp', ['-a', await baseTree(), root]);
  await chmod(root, 0o755);
  await installGuestFiles(root, join(folder, 'scratch'));
  await execa('mknod', ['-m', '666', join(root, 'dev/null'), 'c', '1', '3']);
  // The double would load modules into the kernel of this very machine.
  await writeFile(join(root, 'sbin/kldload'), '#!/bin/sh\nexit 0\n', { mode: 0o755 });
  const chroot = findProgram('chroot') ?? 'chroot';
  const env = { PATH: '/sbin:/bin:/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin' };
  const options = { reject: false, stripFinalNewline: false, env, extendEnv: false } as const;
  return {
    root,
    run: (...argv) => execa(chroot, [root, ...argv], options),
    runAs: (uid, ...argv) => execa(chroot, [`--userspec=${uid}:${uid}`, root, ...argv], options),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
