import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCipheriv } from 'node:crypto';
import { execa } from 'execa';
import { mbrSector, MiB, noise, writeSparse } from '../disk/sample-disk.ts';
import type { Bench, BenchRow } from './bench.ts';
import { secondsOfProgram as seconds } from './seconds.ts';

const GiB = 1024 * MiB;

/**
 * A disk of 8 GiB like a FreeBSD image: an eighth is data of which zstd makes about half, the rest was never written.
 */
async function writeImage(path: string): Promise<void> {
  const words = Array.from({ length: 2048 }, (_, index) => noise(3 + (index % 13), `word ${index}`));
  const pieces: Buffer[] = [];
  const order = createCipheriv('aes-128-ctr', noise(16, 'key'), Buffer.alloc(16));
  const choices = order.update(Buffer.alloc(16 * MiB));
  for (let at = 0; at + 2 < choices.length && pieces.length < 4 * MiB; at += 2)
    pieces.push(words[choices.readUInt16LE(at) % words.length] ?? Buffer.alloc(0));
  const text = Buffer.concat(pieces).subarray(0, 24 * MiB);
  const file = await open(path, 'w');
  await file.truncate(8 * GiB);
  await file.write(mbrSector(), 0, 512, 0);
  for (let part = 0; part < 32; part++) {
    text.writeUInt32LE(part, 0);
    await file.write(text, 0, text.length, part * 256 * MiB + MiB);
    const hard = noise(8 * MiB, `part ${part}`);
    await file.write(hard, 0, hard.length, part * 256 * MiB + 100 * MiB);
  }
  await file.sync();
  await file.close();
}

interface Measured {
  readonly written: number;
  readonly all: number;
  readonly peakMiB: number;
}

/** Runs the export in a process of its own, so that its memory alone is measured. */
async function runExport(
  ...args: [raw: string, outDir: string, formats: string, until: 'write' | 'end']
): Promise<Measured> {
  const child = fork(join(import.meta.dirname, 'export-child.ts'), [...args], { execArgv: process.execArgv });
  const [message] = await Promise.all([once(child, 'message'), once(child, 'exit')]);
  return message[0] as Measured;
}

/** Before, the zeros with which sealing filled the disk were data, and one processor compressed them. */
async function wayBefore(path: (name: string) => string): Promise<number> {
  const full = path('full.img');
  await execa('cp', ['--sparse=never', path('disk.img'), full]);
  await execa('sync', [full]);
  const convert = await seconds(['qemu-img', 'convert', '-O', 'qcow2', full, path('before.qcow2')]);
  const hash = await seconds(['sha256sum', full]);
  const pack = await seconds(['zstd', '-q', '-T1', full, '-o', path('before.zst')]);
  for (const name of ['full.img', 'before.qcow2', 'before.zst']) await rm(path(name));
  return convert + hash + pack;
}

export const bench: Bench = {
  name: 'export',
  what: 'an 8 GiB image with 1 GiB of data to qcow2 and raw.zst, hashed and read back, against the three programs one after the other',
  async run() {
    const folder = await mkdtemp(join(tmpdir(), 'podbsd-bench-'));
    const path = (name: string): string => join(folder, name);
    try {
      await writeImage(path('disk.img'));
      const convert = await seconds([
        'qemu-img',
        'convert',
        '-O',
        'qcow2',
        path('disk.img'),
        path('a.qcow2'),
      ]);
      const hash = await seconds(['sha256sum', path('disk.img')]);
      const pack = await seconds(['zstd', '-q', '-T0', path('disk.img'), '-o', path('a.zst')]);
      const ours = await runExport(path('disk.img'), path('out'), 'qcow2,raw.zst', 'end');
      const back = await seconds(['qemu-img', 'convert', '-O', 'raw', path('a.qcow2'), path('back.img')]);
      const backHash = await seconds(['sha256sum', path('back.img'), path('a.qcow2'), path('a.zst')]);
      const unpack = await seconds(['zstd', '-q', '-d', path('a.zst'), '-o', path('unpacked.img')]);
      const three = convert + hash + pack;
      const before = await wayBefore(path);
      const rows: BenchRow[] = [
        {
          what: 'read, hash, convert, compress; s',
          ours: ours.written,
          theirs: three,
          against: `qemu-img convert ${convert.toFixed(1)} + sha256sum ${hash.toFixed(1)} + zstd -T0 ${pack.toFixed(1)}`,
        },
        {
          what: 'the same; s',
          ours: ours.written,
          theirs: before,
          against: 'as before (goal 0.50): the three programs on a disk full of zeros, zstd -T1',
        },
        {
          what: 'the same and proof by reading back; s',
          ours: ours.all,
          theirs: three + back + backHash + unpack + hash,
          against: 'the same and qemu-img convert, zstd -d and sha256sum of what they made',
        },
        { what: 'peak memory, 8 GiB image; MiB', ours: ours.peakMiB, theirs: 300, against: 'the promise' },
      ];
      await writeSparse(path('huge.img'), 64 * GiB, [
        [0, mbrSector()],
        [40 * GiB, noise(64 * MiB, 'huge')],
      ]);
      const huge = await runExport(path('huge.img'), path('huge'), 'qcow2', 'write');
      rows.push({
        what: 'peak memory, 64 GiB image; MiB',
        ours: huge.peakMiB,
        theirs: 300,
        against: 'the promise',
      });
      return rows;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};
