import { createHash } from 'node:crypto';
import { open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { readBytes, type BlockSource } from '../../../src/disk/block-source.ts';
import { FileSource } from '../../../src/disk/file-source.ts';
import { hashDisk } from '../hash-disk.ts';
import { openDisk } from '../../../src/disk/open-disk.ts';
import { CLUSTER, Qcow2Writer } from '../../../src/disk/qcow2/writer.ts';
import { missing } from '../../support/programs.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { MiB, noise, writeSparse } from '../sample-disk.ts';

const lacking = missing('qemu-img');
const GiB = 1024 * MiB;

/** Writes clusters of noise at the given cluster numbers. */
async function writeQcow2(
  path: string,
  size: number,
  runs: readonly (readonly [first: number, count: number])[],
): Promise<void> {
  const file = await open(path, 'w');
  let position = CLUSTER;
  const writer = new Qcow2Writer(size, async (bytes) => {
    await file.write(bytes, 0, bytes.length, position);
    position += bytes.length;
  });
  for (const [first, count] of runs) await writer.add(first, noise(count * CLUSTER, `${first}`));
  await file.write(await writer.finish(), 0, CLUSTER, 0);
  await file.close();
}

async function hashOf(
  path: string,
  open: (path: string) => Promise<BlockSource> = openDisk,
): Promise<string> {
  const disk = await open(path);
  try {
    return await hashDisk(disk);
  } finally {
    await disk.close();
  }
}

/** The image's name goes before its size, after all options. */
function withName(args: readonly string[]): string[] {
  const size = args.at(-1) === '8M' ? ['8M'] : [];
  return [...args.slice(0, args.length - size.length), 'a.qcow2', ...size];
}

describe.skipIf(lacking !== undefined)(`qcow2 ${lacking ?? ''}`, () => {
  it.each([
    ['an empty disk', MiB, []],
    [
      'first and last cluster',
      4 * MiB,
      [
        [0, 1],
        [63, 1],
      ],
    ],
    [
      'data across two L2 tables',
      512 * MiB + 4 * MiB,
      [
        [3, 5],
        [8190, 4],
        [8255, 1],
      ],
    ],
  ] as const)('qemu-img finds no fault in %s and reads the same bytes', async (_, size, runs) => {
    const folder = await tempDir();
    const [qcow2, raw, back] = ['a.qcow2', 'a.raw', 'back.raw'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    await writeQcow2(qcow2, size, runs);
    await writeSparse(
      raw,
      size,
      runs.map(([first, count]) => [first * CLUSTER, noise(count * CLUSTER, `${first}`)] as const),
    );

    const { stdout } = await execa('qemu-img', ['check', '--output=json', '-f', 'qcow2', qcow2]);
    const check = JSON.parse(stdout) as Record<string, number>;
    expect(check['check-errors']).toBe(0);
    expect(check['leaks']).toBeUndefined();
    expect(check['allocated-clusters'] ?? 0).toBe(runs.reduce((sum, [, count]) => sum + count, 0));
    await execa('qemu-img', ['convert', '-f', 'qcow2', '-O', 'raw', qcow2, back]);
    await execa('cmp', [back, raw]);
    expect(await hashOf(qcow2)).toBe(await hashOf(raw, (path) => FileSource.open(path)));

    // podman grows the disk before the first boot, and the guest writes to it.
    await execa('qemu-img', ['resize', '-q', qcow2, '100G']);
    await execa('qemu-io', ['-f', 'qcow2', '-c', 'write -P 7 5G 1M', '-c', 'read 0 1M', qcow2]);
    await execa('qemu-img', ['check', '-q', '-f', 'qcow2', qcow2]);
  });

  it('more than one refcount block', async () => {
    const path = join(await tempDir(), 'large.qcow2');
    const file = await open(path, 'w');
    let position = CLUSTER;
    const piece = noise(4 * MiB, 'piece');
    // 2 GiB of data need a second refcount block. What is not written to the file stays a hole.
    const writer = new Qcow2Writer(4 * GiB, async (bytes) => {
      if (bytes !== piece) await file.write(bytes, 0, bytes.length, position);
      position += bytes.length;
    });
    for (let first = 0; first < 33000; first += 64) await writer.add(first, piece);
    await file.write(await writer.finish(), 0, CLUSTER, 0);
    await file.close();
    const { stdout } = await execa('qemu-img', ['check', '-f', 'qcow2', path]);
    expect(stdout).toContain('No errors were found on the image.');
  });

  it.each([
    ['compressed', ['-c']],
    ['small clusters', ['-o', 'cluster_size=4096']],
    ['compressed in large clusters', ['-c', '-o', 'cluster_size=2M']],
    ['version 2', ['-o', 'compat=0.10']],
  ])("reads qemu-img's own: %s", async (_, flags) => {
    const folder = await tempDir();
    const [raw, qcow2] = [join(folder, 'a.raw'), join(folder, 'a.qcow2')];
    const text = Buffer.from('all work and no play makes a dull disk\n'.repeat(40_000));
    await writeSparse(raw, 9 * MiB + 512, [
      [100_000, text],
      [5 * MiB, noise(600_000, 'hard')],
    ]);
    await execa('qemu-img', ['convert', ...flags, '-f', 'raw', '-O', 'qcow2', raw, qcow2]);
    expect(await hashOf(qcow2)).toBe(
      createHash('sha256')
        .update(await readFile(raw))
        .digest('hex'),
    );
  });

  it('zero clusters written by a guest read as zeros, reads beyond the end too', async () => {
    const path = join(await tempDir(), 'a.qcow2');
    await writeQcow2(path, MiB, [[0, 16]]);
    await execa('qemu-io', ['-f', 'qcow2', '-c', 'write -z 64k 128k', path]);
    const disk = await openDisk(path);
    const bytes = await readBytes(disk, 0, MiB + 512);
    await disk.close();
    const expected = Buffer.concat([noise(MiB, '0'), Buffer.alloc(512)]).fill(0, CLUSTER, 3 * CLUSTER);
    expect(bytes.equals(expected)).toBe(true);
  });

  it.each([
    ['a backing file', ['-b', 'base.raw', '-F', 'raw'], 'has a backing file'],
    ['an external data file', ['-o', 'data_file=data.raw', '8M'], 'features that are not supported (0x4)'],
    ['extended L2 entries', ['-o', 'extended_l2=on', '8M'], 'features that are not supported (0x10)'],
    ['zstd clusters', ['-o', 'compression_type=zstd', '8M'], 'compression type 1'],
  ])('refuses %s', async (_, args, problem) => {
    const cwd = await tempDir();
    await writeFile(join(cwd, 'base.raw'), Buffer.alloc(MiB));
    await execa('qemu-img', ['create', '-q', '-f', 'qcow2', ...withName(args)], { cwd });
    await expect(openDisk(join(cwd, 'a.qcow2'))).rejects.toThrow(problem);
  });
});
