import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { $ } from 'zx';
import { createGuest } from '../../src/alpine/create.ts';
import { alpineSchema } from '../../src/config/alpine.ts';
import { LocalHost } from '../../src/host/local.ts';
import { readMembers } from '../alpine/support/overlay.ts';
import type { Bench, BenchRow } from './bench.ts';

const RUNS = 7;
const host = new LocalHost();
const config = alpineSchema.parse({});

/** What a person would type, with the same result: tar, mkfs.fat and mcopy, one after the other, in one shell. */
async function makeByHand(tree: string, folder: string): Promise<void> {
  const [archive, image] = [join(folder, 'x.apkovl.tar.gz'), join(folder, 'x.img')];
  const owned = ['--sort=name', '--owner=root:0', '--group=root:0', '--mtime=@315532800', '--format=ustar'];
  await $`tar ${owned} -C ${tree} -cf - etc | gzip -9 > ${archive} &&
    truncate -s 512M ${image} &&
    mkfs.fat -F 32 -n APKOVL --offset 2048 ${image} 523264 &&
    mmd -i ${image}@@1M ::cache &&
    mcopy -i ${image}@@1M ${archive} ::docker.apkovl.tar.gz`.quiet();
}

export const bench: Bench = {
  name: 'alpine',
  what: `overlay, 512 MB disk and configuration of an Alpine guest, median of ${RUNS} runs`,
  async run(): Promise<readonly BenchRow[]> {
    const folder = await mkdtemp(join(tmpdir(), 'podbsd-bench-'));
    try {
      const outDir = join(folder, 'guest');
      const make = async (): Promise<unknown> => await createGuest(host, { name: 'docker', config, outDir });
      await make();
      const tree = join(folder, 'tree');
      await unpack(join(outDir, 'docker.apkovl.tar.gz'), tree);
      const byHand = async (): Promise<void> => {
        await rm(join(folder, 'x.img'), { force: true });
        await makeByHand(tree, folder);
      };
      const [ours, theirs] = [await median(make), await median(byHand)];
      return [{ what: 'create, ms', ours, theirs, against: 'tar | gzip, mkfs.fat and mcopy in a shell' }];
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

async function median(work: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    const start = performance.now();
    await work();
    times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b)[Math.floor(RUNS / 2)] ?? Number.NaN;
}

/** The same files on disk, for tar. */
async function unpack(archive: string, folder: string): Promise<void> {
  await mkdir(folder);
  for (const entry of await readMembers(archive)) {
    const path = join(folder, entry.path);
    await mkdir(dirname(path), { recursive: true });
    if (entry.kind === 'directory') await mkdir(path, { recursive: true });
    else if (entry.kind === 'file') await writeFile(path, entry.content, { mode: entry.mode });
    else await execa('ln', ['-sfn', entry.target, path]);
  }
}
