import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { MiB, mbrSector, noise, writeSparse } from '../disk/sample-disk.ts';
import { bundledProgram } from '../support/bundled-program.ts';
import { tempDir } from '../support/temp-dir.ts';

describe('podbsd export', () => {
  it('that is interrupted says no more than that, and leaves nothing', async () => {
    const cwd = await tempDir();
    // Long enough to be met at work: a mebibyte of it is data.
    await writeSparse(join(cwd, 'disk.img'), 16 * 1024 * MiB, [
      [0, mbrSector()],
      [MiB, noise(MiB, 'data')],
    ]);
    const argv = [await bundledProgram(), 'export', 'disk.img', '--out', 'out', '--format', 'raw'];
    const exporting = execa(process.execPath, argv, { cwd, reject: false });
    exporting.stderr.once('data', () => exporting.kill('SIGINT'));
    const { exitCode, stdout, stderr } = await exporting;
    expect([exitCode, stdout]).toEqual([130, '']);
    expect(stderr.split('\n').at(-1)).toBe('stopped by SIGINT');
    expect(await readdir(join(cwd, 'out'))).toEqual([]);
  });
});
