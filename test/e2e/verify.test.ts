import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hashFile } from '../../src/disk/hash.ts';
import { packageRoot } from '../../src/ground/assets.ts';
import type { VerifyReport } from '../../src/vm/verify/verify.ts';
import { buildDisk } from '../standin/disk.ts';
import { standInDiskUnavailable } from '../standin/requirements.ts';
import { bundledProgram } from '../support/bundled-program.ts';

/** Milliseconds for an image that is booted twice, under emulation, on a busy computer. */
const TWO_BOOTS = 600_000;
const wanted = process.env['PODBSD_E2E'] === 'all';

// That each check fails where it must is in test/vm/verify/checks.test.ts, without a boot.
describe.skipIf(!wanted || standInDiskUnavailable() !== undefined)('podbsd verify', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'verify-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it(
    'fails a guest that breaks its promises in just those lines, and keeps its console',
    async () => {
      const image = await buildDisk(folder, async (root) => {
        const fault = join(root, 'usr/local/etc/rc.d/podbsd_fault');
        await cp(join(packageRoot, 'test/standin/faults/podbsd_fault'), fault);
      });
      const before = await hashFile(image);
      const argv = [await bundledProgram(), 'verify', image, '--client', '6.0', '--json'];
      const { stdout, exitCode } = await execa(process.execPath, argv, { cwd: folder, reject: false });
      const report = JSON.parse(stdout) as VerifyReport;
      const failed = report.results.filter((result) => result.state === 'failed').map((result) => result.id);
      // A new host key at each boot is refused by both logins of the second.
      const second = ['second-ssh-user', 'second-ssh-root'];
      expect(failed).toEqual(['keys', 'sudo', 'timezone', 'marker', ...second]);
      expect(exitCode).toBe(1);
      expect(await hashFile(image)).toEqual(before);
      const console = await readFile(join(folder, 'podbsd-verify-console.log'), 'utf8');
      expect(console).toContain('Starting sshd.');
    },
    TWO_BOOTS,
  );
});
