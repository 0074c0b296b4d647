import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { until } from '../../src/ground/until.ts';
import { HealthWorld } from '../ignition/containers/support/health-world.ts';
import type { Bench, BenchRow } from './bench.ts';

const CONTAINERS = 50;
const SECONDS = 30;
/** Of the kernel's clock, in which /proc counts: USER_HZ. */
const TICKS_PER_SECOND = 100;

interface Measured {
  /** Milliseconds by which the latest check was late. */
  readonly latest: number;
  readonly memoryMiB: number;
  /** Milliseconds of processor time in each second, without that of the checks. */
  readonly cpu: number;
}

export const bench: Bench = {
  name: 'health',
  what: `${CONTAINERS} containers checked every second for ${SECONDS} s, against a loop of sh and sleep for each`,
  async run(): Promise<readonly BenchRow[]> {
    const ours = await measured(async (world) => {
      await world.start();
      return async () => [await servicePid(world)];
    });
    const theirs = await measured(async (world, ids) => {
      const loop = 'while :; do "$0" healthcheck run "$1" >/dev/null; sleep 1; done';
      const shells = ids.map((id) =>
        execa('sh', ['-c', loop, join(world.folder, 'podman'), id], { reject: false }),
      );
      return async () => {
        const pids = shells.map(({ pid }) => pid ?? 0);
        return pids;
      };
    });
    const against = 'sh and sleep';
    return [
      { what: 'latest check, ms late', ours: ours.latest, theirs: theirs.latest, against },
      { what: 'memory, MiB', ours: ours.memoryMiB, theirs: theirs.memoryMiB, against },
      // Of the shells nearly all is that of the programs that they start.
      { what: 'processor time, ms/s', ours: ours.cpu },
    ];
  },
};

/** @param begin starts the checks and answers how to find the processes that do. */
async function measured(
  begin: (world: HealthWorld, ids: readonly string[]) => Promise<() => Promise<readonly number[]>>,
): Promise<Measured> {
  const folder = await mkdtemp(join(tmpdir(), 'podbsd-bench-'));
  const world = await HealthWorld.create(folder);
  let pids: readonly number[] = [];
  try {
    const ids: string[] = [];
    for (let index = 0; index < CONTAINERS; index++)
      ids.push(await world.run({ name: `c${index}`, interval: 1 }));
    const find = await begin(world, ids);
    for (const id of ids) await world.until(async () => (await world.begun(id)) > 0);
    pids = await find();
    const before = await cpuTicks(pids);
    await sleep(SECONDS * 1000);
    const ticks = (await cpuTicks(pids)) - before;
    const memory = await Promise.all(pids.map(residentKiB));
    return {
      latest: latest(await world.lines()),
      memoryMiB: memory.reduce((sum, one) => sum + one, 0) / 1024,
      cpu: (ticks / TICKS_PER_SECOND / SECONDS) * 1000,
    };
  } finally {
    for (const pid of pids) stop(pid);
    await world.clear();
    await rm(folder, { recursive: true, force: true });
  }
}

async function servicePid(world: HealthWorld): Promise<number> {
  const pid = await until(
    async () => {
      const text = await readFile(join(world.folder, 'health.json'), 'utf8').catch(() => '{}');
      return (JSON.parse(text) as { pid?: number }).pid;
    },
    { every: 50, within: 60_000 },
  );
  if (pid === undefined) throw new Error('the service has not written its report');
  return pid;
}

/** From the end of a check to the begin of the next one there is a second; what is more is late. */
function latest(lines: readonly string[]): number {
  const ended = new Map<string, bigint>();
  let most = 0;
  for (const line of lines) {
    const [what = '', id = '', at = '0'] = line.split(' ');
    const before = ended.get(id);
    if (what === 'end') ended.set(id, BigInt(at));
    else if (what === 'begin' && before !== undefined)
      most = Math.max(most, Number(BigInt(at) - before) / 1e6 - 1000);
  }
  return most;
}

async function cpuTicks(pids: readonly number[]): Promise<number> {
  let sum = 0;
  for (const pid of pids) {
    const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).replace(/^.*\) /, '').split(' ');
    sum += Number(fields[11]) + Number(fields[12]);
  }
  return sum;
}

async function residentKiB(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0);
}

function stop(pid: number): void {
  try {
    process.kill(pid, 'SIGTERM');
  } catch {
    // It has ended by itself.
  }
}
