import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { buildBaseImage } from '../standin/bake/base-image.ts';
import { bundledProgram } from '../support/bundled-program.ts';
import { stagesByHand, type ByHand } from './bake-by-hand.ts';
import type { Bench, BenchRow } from './bench.ts';
import { secondsOf, secondsOfProgram } from './seconds.ts';

const SIZE = '1g';

/** Nothing is downloaded: the base has no kernel source, and no server that would have it. */
const config = `[bake]
url = "http://127.0.0.1:9/{folder}/"
size = "${SIZE}"
memory = 768
cpus = 1
[export]
formats = ["qcow2", "raw.zst"]
`;

/** Stages that have nothing real beside them, and why. */
const alone: Readonly<Record<string, string>> = {
  preflight: 'nothing: only looks at this computer',
  shares: 'nothing: this base has no kernel source, and nobody to fetch it from, so nothing is built',
};

interface Journal {
  readonly stages: Readonly<Record<string, { readonly started: string; readonly ended: string }>>;
}

export const bench: Bench = {
  name: 'bake',
  what: 'a whole bake, stage by stage, with the double of the machine (its disk is a small ext4, its packages are a list), against the same by hand in the same base',
  async run(): Promise<readonly BenchRow[]> {
    const folder = await mkdtemp(join(tmpdir(), 'podbsd-bench-'));
    const path = (name: string): string => join(folder, name);
    try {
      await buildBaseImage(path('base.raw'), path('scratch'));
      await execa('xz', ['-1', '-T0', '-k', path('base.raw')]);
      await mkdir(path('project'));
      await writeFile(path('project/podbsd.toml'), config);
      const argv = [
        'node',
        await bundledProgram(),
        'build-image',
        '--base-image',
        path('base.raw.xz'),
      ] as const;
      // What a bake keeps for later ones is not put beside the user's own.
      const env = { XDG_DATA_HOME: path('data') };
      const all = await secondsOfProgram([...argv], { cwd: path('project'), env });
      const made = path('project/.podbsd/bake');
      const { stages } = JSON.parse(await readFile(join(made, 'journal.json'), 'utf8')) as Journal;
      const hands = {
        ...(await outside(folder, made)),
        ...(await stagesByHand(folder, { base: path('base.raw'), size: SIZE, made })),
      };
      const rows = Object.entries(stages).flatMap(([stage, { started, ended }]): BenchRow[] => {
        const ours = (Date.parse(ended) - Date.parse(started)) / 1000;
        const what = `${stage}, s`;
        const found = [hands[stage], hands[`${stage}-before`]].filter((hand) => hand !== undefined);
        if (found.length === 0)
          return [{ what, ours, ...(alone[stage] === undefined ? {} : { against: alone[stage] }) }];
        return found.map(({ seconds, against }) => ({ what, ours, theirs: seconds, against }));
      });
      const names = Object.keys(stages);
      const total = names.reduce((sum, stage) => sum + (hands[stage]?.seconds ?? 0), 0);
      return [
        ...rows,
        { what: 'all, s', ours: all, theirs: total, against: 'the sum of the above, each stage once' },
      ];
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

/** The stages that work on this computer, by the programs that one would use. */
async function outside(folder: string, made: string): Promise<Readonly<Record<string, ByHand>>> {
  const path = (name: string): string => join(folder, name);
  const raw = join(made, 'disk.raw');
  const unpack = await secondsOf(() =>
    execa('sh', ['-c', 'xz -dc "$1" >"$2"', 'sh', path('base.raw.xz'), path('again.base')]),
  );
  const seed = await secondsOf(async () => {
    for (const name of ['key', 'host_key'])
      await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', path(name)]);
    await execa('mformat', ['-C', '-i', path('seed.img'), '-f', '1440', '-v', 'cidata', '::']);
    const data = ['user-data', 'meta-data'].map((name) => join(made, 'seed', name));
    await execa('mcopy', ['-i', path('seed.img'), ...data, '::']);
  });
  const convert = [
    'qemu-img',
    'convert',
    '-O',
    'raw',
    join(made, 'layers/seal.qcow2'),
    path('again.raw'),
  ] as const;
  const image = await secondsOfProgram([...convert]);
  const written = await exportedByHand(folder, raw, '-T0');
  // Before, the zeros that sealing writes were data, and one processor compressed them.
  await execa('cp', ['--sparse=never', raw, path('full.raw')]);
  const before = await exportedByHand(folder, path('full.raw'), '-T1');
  return {
    base: { seconds: unpack, against: 'xz -dc' },
    seed: { seconds: seed, against: 'ssh-keygen twice, mformat, mcopy' },
    image: { seconds: image, against: 'qemu-img convert -O raw' },
    export: {
      seconds: written,
      against: 'qemu-img convert -O qcow2, zstd -T0, sha256sum, and both read back and compared',
    },
    'export-before': {
      seconds: before,
      against: 'as before (goal 0.50): the same with zstd -T1, and the zeros of the disk are data',
    },
  };
}

/** A disk converted, compressed, hashed and, as an export is, read back. */
async function exportedByHand(folder: string, raw: string, threads: '-T0' | '-T1'): Promise<number> {
  const [qcow2, zst, back] = ['hand.export.qcow2', 'hand.export.zst', 'hand.export.raw'].map((name) =>
    join(folder, name),
  ) as [string, string, string];
  const compare = async (): Promise<void> => {
    await execa('cmp', [raw, back]);
    await rm(back);
  };
  return await secondsOf(async () => {
    await execa('qemu-img', ['convert', '-O', 'qcow2', raw, qcow2]);
    await execa('zstd', ['-q', '-f', threads, raw, '-o', zst]);
    await execa('sha256sum', [raw, qcow2, zst]);
    await execa('qemu-img', ['convert', '-O', 'raw', qcow2, back]);
    await compare();
    await execa('zstd', ['-q', '-d', zst, '-o', back]);
    await compare();
  });
}
