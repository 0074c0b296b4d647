import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { fixture } from '../ignition/support/fixtures.ts';
import { guestTreeUnavailable, makeGuestTree, type GuestTree } from '../ignition/support/guest-tree.ts';
import type { Bench, BenchRow } from './bench.ts';
import { median } from './median.ts';

const RUNS = 7;

/** What provisioning changes; put back before each first boot. */
const changing = ['etc', 'home', 'root', 'run', 'usr/local/etc', 'var'];

export const bench: Bench = {
  name: 'agent',
  what: `all that the agent does, against a script of sh and jq for accounts and keys alone; median of ${RUNS} runs`,
  async run(): Promise<readonly BenchRow[]> {
    const reason = guestTreeUnavailable();
    if (reason !== undefined) throw new Error(reason);
    const guest = await makeGuestTree();
    const folder = await mkdtemp(join(tmpdir(), 'podbsd-bench-'));
    try {
      const config = join(folder, 'config.ign');
      await writeFile(config, fixture('podman-4.3.1-rootful'));
      await execa('cp', [config, join(guest.root, 'config.ign')]);
      const clean = join(folder, 'clean.tar');
      await execa('tar', ['-C', guest.root, '--ignore-failed-read', '-cf', clean, ...(await present(guest))]);
      const reset = async (): Promise<void> => {
        for (const name of changing) await rm(join(guest.root, name), { recursive: true, force: true });
        await execa('tar', ['-C', guest.root, '-xpf', clean]);
      };
      const ours = async (): Promise<void> => {
        const argv = ['/usr/local/libexec/podbsd/podbsd-agent', 'apply', '--config', '/config.ign'] as const;
        const { exitCode, stderr } = await guest.run(...argv);
        if (exitCode !== 0) throw new Error(stderr);
      };
      const script = join(import.meta.dirname, 'accounts.sh');
      const theirs = async (): Promise<void> => {
        await execa('sh', [script, guest.root, config]);
      };
      const against = 'sh and jq, accounts and keys';
      return [
        {
          what: 'first boot, ms',
          ours: await median(RUNS, ours, reset),
          theirs: await median(RUNS, theirs, reset),
          against,
        },
        {
          what: 'later boots, ms',
          ours: await median(RUNS, ours),
          theirs: await median(RUNS, theirs),
          against,
        },
      ];
    } finally {
      await guest.remove();
      await rm(folder, { recursive: true, force: true });
    }
  },
};

async function present(guest: GuestTree): Promise<string[]> {
  const { stdout } = await execa('ls', ['-A', guest.root]);
  const top = stdout.split('\n');
  return changing.filter((name) => top.includes(name.split('/')[0] ?? ''));
}
