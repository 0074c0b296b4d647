import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ReadStart } from '../../disk/guest-os.ts';
import { qemuName } from '../../disk/qemu-name.ts';

/** Milliseconds; qemu-img needs about ten for this. */
const PATIENCE = 10_000;

/** Bytes that qemu-img reads at once. */
const BLOCK = 4096;

/** Reads the first bytes of a disk with qemu-img, which podman needs on every host with QEMU. */
export const readStart: ReadStart = async (disk, bytes) => {
  const folder = await mkdtemp(join(tmpdir(), 'podbsd-disk-'));
  try {
    const start = join(folder, 'start');
    const size = [`bs=${BLOCK}`, `count=${Math.ceil(bytes / BLOCK)}`];
    // -U: another program may have the disk open.
    const args = ['dd', '-U', '-O', 'raw', ...size, `if=${qemuName(disk)}`, `of=${start}`];
    await promisify(execFile)('qemu-img', args, { timeout: PATIENCE });
    return await readFile(start);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};
