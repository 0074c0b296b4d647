import { spawn } from 'node:child_process';
import * as fs from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { execa } from 'execa';
import { beforeEach, onTestFinished } from 'vitest';
import { shareTag } from '../../../src/vm/share.ts';
import { MiB, sgdisk, writeSparse } from '../../disk/sample-disk.ts';
import { eventually } from '../../support/eventually.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { calls, installFake, installHelpers, type Call } from './installed-helpers.ts';

/** GPT partition types, as sgdisk(8) numbers them. */
const guests = { freebsd: 'a503', linux: '8300' } as const;
export const tags = [shareTag('/home/me'), shareTag('/data')];

export let folder: string;
export let places: { home: string; runtime: string };
export let helpers: string;
export let path: string;
export const qemuReport = (): string => join(folder, 'qemu-calls');
export const virtiofsdReport = (): string => join(folder, 'virtiofsd-calls');

/** Makes the place of each test of the surrounding `describe`: doubles of QEMU and virtiofsd, and the stand-ins. */
export function usePlace(): void {
  beforeEach(async () => {
    // Names that hurt whoever reads them as shell, as a pattern or as QEMU's options.
    folder = join(await tempDir(), `a b'$(touch x)"*`);
    places = { home: join(folder, 'home'), runtime: join(folder, 'run') };
    helpers = join(folder, 'helpers');
    await fs.mkdir(join(places.runtime, 'podman'), { recursive: true });
    await installHelpers(helpers);
    await installFake(join(folder, 'bin', 'qemu-system-x86_64'), qemuReport());
    await installFake(join(folder, 'libexec', 'virtiofsd'), virtiofsdReport());
    setPath(helpers, join(folder, 'bin'), join(folder, 'libexec'), process.env['PATH'] ?? '');
  });
}

/** Where podman, and what it starts, look for programs. */
export function setPath(...folders: readonly string[]): void {
  path = folders.join(delimiter);
}

export async function makeDisk(guest: keyof typeof guests, name: string): Promise<void> {
  const disks = join(places.home, '.local/share/containers/podman/machine/qemu');
  await fs.mkdir(disks, { recursive: true });
  await writeSparse(join(disks, name), 8 * MiB);
  await sgdisk(join(disks, name), '-n', '1:2048:0', '-t', `1:${guests[guest]}`);
}

export async function writeMachineFile(): Promise<void> {
  const config = join(places.home, '.config/containers/podman/machine/qemu');
  await fs.mkdir(config, { recursive: true });
  const mounts = [
    { ReadOnly: false, Target: '/home/me' },
    { ReadOnly: true, Target: '/data' },
  ];
  await fs.writeFile(join(config, 'bsd.json'), JSON.stringify({ Mounts: mounts }));
}

/** Starts virtiofsd for a volume as podman does and waits for its socket. */
export async function startVirtiofsd(index: number, source: string): Promise<string> {
  await fs.mkdir(source, { recursive: true });
  const socket = join(places.runtime, 'podman', `virtiofschar${index}`);
  const args = ['--sandbox', 'none', '--socket-path', socket, '--shared-dir', '.', '--seccomp=none'];
  const child = spawn(join(helpers, 'virtiofsd'), args, {
    cwd: source,
    env: { PATH: path },
    stdio: 'ignore',
  });
  onTestFinished(() => void child.kill());
  await eventually(() => fs.access(socket));
  return socket;
}

export async function runQemu(argv: readonly string[]): Promise<Call> {
  await execa(join(helpers, 'qemu-system-x86_64'), argv, { env: { PATH: path } });
  const [call, ...more] = await calls(qemuReport());
  if (call === undefined || more.length > 0) throw new Error('QEMU was not started exactly once');
  return call;
}
