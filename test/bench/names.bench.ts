import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  namesUnavailable,
  NamesWorld,
  recorded,
  type Recorded,
} from '../ignition/containers/support/names-world.ts';
import type { Bench, BenchRow } from './bench.ts';

const CONTAINERS = 100;
const numbers = Array.from({ length: CONTAINERS }, (_, index) => index + 2);

export const bench: Bench = {
  name: 'names',
  what: `${CONTAINERS} containers come and go at once, against appending their lines under flock and telling dnsmasq`,
  async run(): Promise<readonly BenchRow[]> {
    const reason = namesUnavailable();
    if (reason !== undefined) throw new Error(reason);
    const folder = await mkdtemp(join(tmpdir(), 'podbsd-bench-'));
    // dnsmasq gives up root's rights.
    await chmod(folder, 0o711);
    const world = await NamesWorld.create(folder);
    try {
      const add = await recorded('add');
      const first = await world.plugin(called(add, 'ADD', 250));
      if (first.exitCode !== 0) throw new Error(first.stdout);
      const ours = await seconds((number) => world.plugin(called(add, 'ADD', number)));
      const lost = CONTAINERS - (await world.dig('10.89.0.1', 'all', 'A', '+tcp')).length + 1;
      const gone = await seconds((number) => world.plugin(called(add, 'DEL', number)));
      const append = 'echo "$1" >> "$0/hosts" && kill -HUP "$(cat "$0/pid")"';
      const theirs = await seconds((number) => {
        const line = `10.89.0.${number} c${number}.dns.podman c${number}`;
        const network = join(folder, 'run/dnsname/appnet');
        return world.inside('flock', join(folder, 'lock'), 'sh', '-c', append, network, line);
      });
      return [
        { what: 'ADD, s', ours, theirs, against: 'flock, sh and kill' },
        { what: 'DEL, s', ours: gone },
        { what: 'names lost', ours: lost },
      ];
    } finally {
      await world.clear();
      await rm(folder, { recursive: true, force: true });
    }
  },
};

function called({ environment, stdin }: Recorded, command: 'ADD' | 'DEL', number: number): Recorded {
  const previous = stdin['prevResult'] as Record<string, unknown>;
  const ips = [{ version: '4', address: `10.89.0.${number}/24`, gateway: '10.89.0.1' }];
  return {
    environment: {
      ...environment,
      CNI_COMMAND: command,
      CNI_CONTAINERID: number.toString(16).padStart(64, 'c'),
      CNI_ARGS: `IgnoreUnknown=1;K8S_POD_NAME=c${number}`,
    },
    stdin: { ...stdin, prevResult: { ...previous, ips }, runtimeConfig: { aliases: { appnet: ['all'] } } },
  };
}

async function seconds(
  work: (number: number) => PromiseLike<{ readonly exitCode?: number }>,
): Promise<number> {
  const start = performance.now();
  const ended = await Promise.all(numbers.map(work));
  if (ended.some(({ exitCode }) => exitCode !== 0)) throw new Error('one of them has failed');
  return (performance.now() - start) / 1000;
}
