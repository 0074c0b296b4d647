import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { execa } from 'execa';
import { bundleAgent } from '../../src/bundles/agent.ts';
import { aKey, config } from '../ignition/support/fixtures.ts';
import { guestTreeUnavailable, makeGuestTree } from '../ignition/support/guest-tree.ts';
import { quickjs } from '../support/quickjs.ts';
import type { Bench, BenchRow } from './bench.ts';
import { median } from './median.ts';

const RUNS = 5;
const SIZE = 20 * 1024 * 1024;

export const bench: Bench = {
  name: 'agent-large-config',
  what: `the agent under QuickJS with 20 MiB inside a config, against decoding them; median of ${RUNS} runs`,
  async run(): Promise<readonly BenchRow[]> {
    const folder = await mkdtemp(join(tmpdir(), 'podbsd-bench-'));
    try {
      const text = randomBytes(SIZE).toString('base64');
      const encoded = join(folder, 'encoded');
      const file = join(folder, 'large.ign');
      const agent = join(folder, 'podbsd-agent');
      const users = [{ name: 'core', uid: 1777, sshAuthorizedKeys: [aKey] }];
      const files = [{ path: '/opt/large', contents: { source: `data:;base64,${text}` } }];
      await writeFile(encoded, text);
      await writeFile(file, config({ passwd: { users }, storage: { files } }));
      await bundleAgent(agent);
      const theirs = await median(RUNS, () => execa('base64', ['-d', encoded], { stdout: 'ignore' }));
      const against = 'base64 -d';
      const [engine, ...prefix] = await quickjs();
      const plan = await median(RUNS, () =>
        execa(engine, [...prefix, '-m', agent, 'plan', '--config', file], { stdout: 'ignore' }),
      );
      const packed = join(folder, 'packed.ign');
      const source = `data:;base64,${gzipSync(await readFile(file)).toString('base64')}`;
      const merge = [{ source, compression: 'gzip' }];
      await writeFile(packed, JSON.stringify({ ignition: { version: '3.2.0', config: { merge } } }));
      const merged = await median(RUNS, () =>
        execa(engine, [...prefix, '-m', agent, 'plan', '--config', packed], { stdout: 'ignore' }),
      );
      const rows = [
        { what: 'plan, ms', ours: plan, theirs, against },
        { what: 'plan, packed in another config, ms', ours: merged, theirs, against },
      ];
      return guestTreeUnavailable() === undefined
        ? [...rows, ...(await applied(file, theirs, against))]
        : rows;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

/** The whole way in the files of the stand-in guest: decoded and written, and at the next boot compared. */
async function applied(file: string, theirs: number, against: string): Promise<BenchRow[]> {
  const guest = await makeGuestTree();
  try {
    await execa('cp', [file, join(guest.root, 'large.ign')]);
    const apply = async (): Promise<void> => {
      const argv = ['/usr/local/libexec/podbsd/podbsd-agent', 'apply', '--config', '/large.ign'] as const;
      const { exitCode, stderr } = await guest.run(...argv);
      if (exitCode !== 0) throw new Error(stderr);
    };
    const first = await median(RUNS, apply, () => rm(join(guest.root, 'opt/large'), { force: true }));
    return [
      { what: 'apply, first boot, ms', ours: first, theirs, against },
      { what: 'apply, later boots, ms', ours: await median(RUNS, apply), theirs, against },
    ];
  } finally {
    await guest.remove();
  }
}
