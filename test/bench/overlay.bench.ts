import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { replaceFile } from '../../src/ground/replace-file.ts';
import { SshHost } from '../../src/host/ssh.ts';
import { putFiles } from '../../src/recipes/bake/archive.ts';
import type { Inside } from '../../src/recipes/bake/inside.ts';
import { overlayFiles } from '../../src/recipes/bake/overlay-files.ts';
import { startSshd } from '../support/sshd.ts';
import type { Bench, BenchRow } from './bench.ts';

const RUNS = 5;

export const bench: Bench = {
  name: 'overlay',
  what: `the image's overlay through a real sshd, as bake puts it into the machine; median of ${RUNS} runs`,
  async run(): Promise<readonly BenchRow[]> {
    const sshd = await startSshd();
    const folder = await mkdtemp(join(tmpdir(), 'podbsd-bench-'));
    const host = await SshHost.connect(sshd.settings);
    try {
      // A guest whose root is a folder here.
      const exec: Inside['exec'] = async (argv, options) =>
        await host.run(['tar', ...argv.slice(1, -1), folder], options);
      const files = await overlayFiles('amd64');
      const archive = await median(() => putFiles({ host, exec }, files));
      const each = await median(async () => {
        for (const file of files)
          if (file.kind === 'file') await host.writeFile(join(folder, file.path), file.content);
      });
      const login = ['-i', sshd.identityFile, '-P', String(sshd.port), '-o', 'StrictHostKeyChecking=no'];
      // Without the links, which scp follows.
      for (const file of files)
        if (file.kind === 'file') await replaceFile(join(folder, 'plain', file.path), file.content);
      const copy = ['-q', '-r', ...login, '-o', 'UserKnownHostsFile=/dev/null', join(folder, 'plain')];
      const scp = await median(() => execa('scp', [...copy, `${sshd.user}@127.0.0.1:${folder}/copied`]));
      return [
        { what: `${files.length} files in one archive, ms`, ours: archive, theirs: scp, against: 'scp -r' },
        { what: 'the same one by one, ms', ours: each, theirs: scp, against: 'scp -r' },
      ];
    } finally {
      await host.close();
      await sshd.stop();
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
  return times.sort((first, second) => first - second)[Math.floor(RUNS / 2)] ?? Number.NaN;
}
