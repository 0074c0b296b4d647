import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { ExitCode } from '../../src/ground/errors.ts';
import { buildBaseImage } from '../standin/bake/base-image.ts';
import { standInUnavailable } from '../standin/requirements.ts';
import { bundledProgram } from '../support/bundled-program.ts';
import { missing } from '../support/programs.ts';
import { tempDir } from '../support/temp-dir.ts';

const wanted = process.env['PODBSD_E2E'] === 'all';
const unavailable =
  standInUnavailable() ??
  missing('mformat', 'mke2fs', 'sgdisk', 'qemu-img') ??
  (process.getuid?.() === 0 ? undefined : 'only root can make the base image') ??
  (wanted ? undefined : 'only npm run test:e2e takes the time');

describe.skipIf(unavailable !== undefined)('the machine of --builder vm', () => {
  it('is made once, and is the host that Poudriere’s recipe then looks at', async () => {
    const folder = await tempDir();
    const base = join(folder, 'base.raw');
    await buildBaseImage(base, join(folder, 'scratch'), { builder: true });
    const cwd = join(folder, 'project');
    await mkdir(cwd);
    await writeFile(
      join(cwd, 'podbsd.toml'),
      '[bake]\nbuilder_size = "1g"\nbuilder_memory = 2048\ncpus = 1\n',
    );
    const argv = [await bundledProgram(), 'build-image', '--builder', 'vm', '--base-image', base];
    const first = await execa('node', argv, { cwd, reject: false, env: { NO_COLOR: '1' } });
    expect(first.stderr).toMatch(/builder: done/);
    // The stand-in has no pool for a build: what refuses is the other recipe, asking inside the machine.
    expect(first.stderr).toMatch(
      /there is no ZFS pool zroot on ssh:\/\/root@127\.0\.0\.1:\d+; there is tank/,
    );
    expect(first.exitCode).toBe(ExitCode.host);

    // The next run goes on from here, without a boot before it is asked for one: runner.test.ts.
    const { stdout } = await execa('node', [argv[0] ?? '', 'status', '--json'], { cwd });
    const { builds } = JSON.parse(stdout) as { readonly builds: readonly unknown[] };
    expect(builds).toMatchObject([{ name: 'build-image --builder vm', state: 'done' }]);
    for (const left of ['machine.json', 'machine-lock', 'lock'])
      expect(existsSync(join(cwd, '.podbsd/builder', left))).toBe(false);

    const cleaned = await execa('node', [argv[0] ?? '', 'clean', '--builder', 'vm', '--all'], { cwd });
    expect(cleaned.exitCode).toBe(0);
    expect(existsSync(join(cwd, '.podbsd/builder'))).toBe(false);
    await rm(folder, { recursive: true });
  });
});
