import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { gvproxy, podman43 } from '../e2e/clients.ts';
import { Workspace } from '../e2e/workspace.ts';
import { standInImage } from '../machine/support/stand-in-image.ts';
import { MachineUser } from '../machine/support/user.ts';
import type { Bench, BenchRow } from './bench.ts';

const RUNS = 3;
/** What both are told: one processor, the same memory, no shares. */
const SIZE = ['--cpus', '1', '--memory', '1024', '--disk-size', '10'];

export const bench: Bench = {
  name: 'machine',
  what: `start to ready of the stand-in guest, both with gvproxy, median of ${RUNS} starts, taken in turn`,
  async run(): Promise<readonly BenchRow[]> {
    const folder = await mkdtemp(join(tmpdir(), 'podbsd-bench-'));
    const user = await MachineUser.make(folder, [dirname(await gvproxy())]);
    const workspace = await Workspace.create(podman43);
    try {
      const raw = join(folder, 'standin.raw');
      const image = join(workspace.folder, 'standin.qcow2');
      await standInImage(raw);
      await execa('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', raw, image]);
      await user.ok('init', '--image', image, ...SIZE, '-v', '', 'bench');
      const volume = await workspace.sharedFolder('none');
      await podman(
        workspace,
        'init',
        '--image-path',
        image,
        ...SIZE,
        '--timezone',
        'UTC',
        '-v',
        `${volume}:/srv/x`,
        'bench',
      );
      const ours: number[] = [];
      const theirs: number[] = [];
      for (let run = 0; run < RUNS; run++) {
        ours.push(await seconds(() => user.ok('start', '--quiet', 'bench')));
        await user.ok('stop', 'bench');
        theirs.push(await seconds(() => podman(workspace, 'start', 'bench')));
        await podman(workspace, 'stop', 'bench');
      }
      return [
        {
          what: 'start to ready, s',
          ours: median(ours),
          theirs: median(theirs),
          against: 'podman 4.3.1 machine start',
        },
      ];
    } finally {
      await user.cleanUp();
      await workspace.remove();
      await rm(folder, { recursive: true, force: true });
    }
  },
};

async function podman(workspace: Workspace, ...args: string[]): Promise<void> {
  const { code, out, err } = await workspace.podman('machine', ...args);
  if (code !== 0) throw new Error(`podman machine ${args.join(' ')}: ${out}\n${err}`);
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
