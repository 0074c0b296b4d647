import { rm, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/ground/assets.ts';
import type { ShareBench, Speed } from '../../src/vm/verify/share-bench.ts';
import type { VerifyReport } from '../../src/vm/verify/verify.ts';
import { buildDisk } from '../standin/disk.ts';
import { standInDiskUnavailable } from '../standin/requirements.ts';

/** Milliseconds for an image that is booted four times. */
const FOUR_BOOTS = 1_200_000;
const wanted = process.env['PODBSD_E2E'] === 'all';

describe.skipIf(!wanted || standInDiskUnavailable() !== undefined)('podbsd verify --bench', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'share-bench-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it(
    "measures a share beside the guest's own disk",
    async () => {
      const given = process.env['PODBSD_IMAGE'];
      const image = given === undefined ? await buildDisk(folder) : resolve(given);
      const program = [join(packageRoot, 'src/cli.ts'), 'verify', image, '--bench', '--json'];
      const { stdout, stderr } = await execa(join(packageRoot, 'node_modules/.bin/tsx'), program, {
        cwd: folder,
        reject: false,
      });
      expect(stdout, stderr).not.toBe('');
      const report = JSON.parse(stdout) as VerifyReport;
      expect(report.passed, `${stderr}\n${JSON.stringify(report.results)}`).toBe(true);
      const { bench } = JSON.parse(stdout) as { bench?: ShareBench & { ratio: Speed } };
      for (const speed of [bench?.share, bench?.disk, bench?.ratio]) {
        expect(speed?.write).toBeGreaterThan(0);
        expect(speed?.read).toBeGreaterThan(0);
      }
    },
    FOUR_BOOTS,
  );
});
