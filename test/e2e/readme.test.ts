import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/ground/assets.ts';
import { shellBlocks } from '../support/command-line.ts';
import { missing } from '../support/programs.ts';
import { tempDir } from '../support/temp-dir.ts';
import { standInUnavailable } from '../standin/requirements.ts';

/** It installs all packages of npm from the network. */
const wanted = process.env['PODBSD_E2E'] === 'all';
const unavailable =
  standInUnavailable() ??
  missing('git', 'bash') ??
  (wanted ? undefined : 'only npm run test:e2e takes the time');

describe.skipIf(unavailable !== undefined)('the README, typed as it stands', () => {
  it(
    'leads from a fresh clone and nothing else to the rehearsed machine',
    { timeout: 1_800_000 },
    async () => {
      const folder = await tempDir();
      const home = join(folder, 'home');
      await mkdir(home);
      await execa('git', ['clone', '--quiet', packageRoot, join(folder, 'podbsd')]);
      const readme = await readFile(join(folder, 'podbsd/README.md'), 'utf8');
      const lines = shellBlocks(readme).split('\n');
      const line = lines.find((one) => one.includes('npm run rehearse')) ?? '';
      expect(line).not.toBe('');
      const path = [dirname(process.execPath), '/usr/local/bin', '/usr/bin', '/bin', '/usr/sbin', '/sbin'];
      const { exitCode, all } = await execa('bash', ['-c', line], {
        cwd: join(folder, 'podbsd'),
        extendEnv: false,
        env: { HOME: home, PATH: path.join(':'), TERM: 'dumb', TMPDIR: folder },
        reject: false,
        all: true,
      });
      expect(exitCode, all).toBe(0);
      expect(all).toMatch(/^ok /m);
      expect(all).not.toMatch(/^(FAILED|failed|skipped) /m);
    },
  );
});
