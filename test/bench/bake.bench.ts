import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { buildBaseImage } from '../standin/bake/base-image.ts';
import { bundledProgram } from '../support/bundled-program.ts';
import type { Bench, BenchRow } from './bench.ts';

/** Nothing is downloaded: the base has no kernel source, and no server that would have it. */
const config = `[bake]
url = "http://127.0.0.1:9/{folder}/"
size = "1g"
memory = 768
cpus = 1
[export]
formats = ["qcow2", "raw.zst"]
`;

interface Journal {
  readonly stages: Readonly<Record<string, { readonly started: string; readonly ended: string }>>;
}

export const bench: Bench = {
  name: 'bake',
  what: 'a whole bake, stage by stage, with the double of the machine: its disk is a small ext4, its packages are a list',
  async run(): Promise<readonly BenchRow[]> {
    const folder = await mkdtemp(join(tmpdir(), 'podbsd-bench-'));
    const path = (name: string): string => join(folder, name);
    try {
      await buildBaseImage(path('base.raw'), path('scratch'));
      await mkdir(path('project'));
      await writeFile(path('project/podbsd.toml'), config);
      const argv = [await bundledProgram(), 'build-image', '--base-image', path('base.raw')];
      const all = await seconds('node', argv, path('project'));
      const text = await readFile(path('project/.podbsd/bake/journal.json'), 'utf8');
      const { stages } = JSON.parse(text) as Journal;
      // The real programs that do what the last two stages do, on the same disk.
      const raw = path('project/.podbsd/bake/disk.raw');
      const layer = path('project/.podbsd/bake/layers/seal.qcow2');
      const convert = await seconds('qemu-img', ['convert', '-O', 'raw', layer, path('again.raw')]);
      const qcow2 = await seconds('qemu-img', ['convert', '-O', 'qcow2', raw, path('again.qcow2')]);
      const pack = await seconds('zstd', ['-q', '-T0', raw, '-o', path('again.zst')]);
      const hash = await seconds('sha256sum', [raw]);
      const theirs: Readonly<Record<string, readonly [number, string]>> = {
        image: [convert, 'qemu-img convert -O raw'],
        export: [qcow2 + pack + hash, 'qemu-img convert -O qcow2, zstd -T0 and sha256sum, nothing read back'],
      };
      const rows = Object.entries(stages).map(([stage, { started, ended }]): BenchRow => {
        const ours = (Date.parse(ended) - Date.parse(started)) / 1000;
        const [real, against] = theirs[stage] ?? [];
        return {
          what: `${stage}, s`,
          ours,
          ...(real === undefined || against === undefined ? {} : { theirs: real, against }),
        };
      });
      return [...rows, { what: 'all, s', ours: all }];
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

async function seconds(program: string, args: readonly string[], cwd?: string): Promise<number> {
  const started = performance.now();
  await execa(program, args, { stdout: 'ignore', ...(cwd === undefined ? {} : { cwd }) });
  return (performance.now() - started) / 1000;
}
