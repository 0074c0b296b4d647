import * as fs from 'node:fs/promises';
import { join } from 'node:path';
import { helperProgram, helperScript } from '../../../src/bundles/helpers.ts';

let program: Promise<string> | undefined;

/** Puts the stand-ins into a folder, as setup-podman does. */
export async function installStandIns(helpers: string): Promise<void> {
  program ??= helperProgram('apple');
  const lib = join(helpers, 'lib');
  await fs.mkdir(lib, { recursive: true });
  await fs.writeFile(join(lib, 'podman-helper.mjs'), await program);
  await fs.symlink(process.execPath, join(lib, 'node'));
  for (const name of ['guard', 'launch', 'datagram.pl', 'freebsd-disk', 'real-helper'] as const)
    await fs.writeFile(join(lib, name), await helperScript('apple', name));
  for (const name of ['vfkit', 'krunkit'])
    await fs.writeFile(join(helpers, name), await helperScript('apple', 'hypervisor'), { mode: 0o755 });
}

/** The first 34 sectors of a disk with a GPT of one partition, and a little more. */
export function gptDisk(type: Buffer): Buffer {
  const disk = Buffer.alloc(64 * 1024);
  disk[450] = 0xee;
  disk.writeUInt16LE(0xaa55, 510);
  disk.write('EFI PART', 512, 'latin1');
  disk.writeBigUInt64LE(2n, 512 + 72);
  disk.writeUInt32LE(128, 512 + 80);
  disk.writeUInt32LE(128, 512 + 84);
  type.copy(disk, 1024 + 3 * 128);
  return disk;
}

export const partitionTypes = {
  freebsdUfs: Buffer.from('b67c6e51cf6ed6118ff800022d09712b', 'hex'),
  freebsdZfs: Buffer.from('ba7c6e51cf6ed6118ff800022d09712b', 'hex'),
  freebsdBoot: Buffer.from('9d6bbd83417fdc11be0b001560b84f0f', 'hex'),
  linux: Buffer.from('af3dc60f838472478e793d69d8477de4', 'hex'),
} as const;
