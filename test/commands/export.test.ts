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

  it.each(['-out', './-out', 'ä b\nc'])(
    'into a folder whose name is %j works as into any other',
    async (out) => {
      const cwd = await tempDir();
      await writeSparse(join(cwd, '-disk.img'), MiB, [[0, mbrSector()]]);
      const argv = [
        await bundledProgram(),
        'export',
        `--out=${out}`,
        '--format=qcow2',
        '--name=d',
        '--',
        '-disk.img',
      ];
      const { exitCode, stderr } = await execa(process.execPath, argv, { cwd, reject: false });
      expect(stderr).not.toContain('error');
      expect(exitCode).toBe(0);
      expect(await readdir(join(cwd, out))).toContain('d.qcow2');
    },
  );

  it.each([
    [['export', 'disk.img', '--out', ''], 'the option --out <dir> is empty'],
    [['export', '', '--out', 'out'], 'the argument <image> is empty'],
    [['config', '--config', ''], 'the option --config <file> is empty'],
    [['oci', '', '--out', 'layout'], 'the argument <dir> is empty'],
  ])('%j: an empty path is none', async (words, problem) => {
    const cwd = await tempDir();
    const argv = [await bundledProgram(), ...words];
    const { exitCode, stderr } = await execa(process.execPath, argv, { cwd, reject: false });
    expect(stderr).toContain(problem);
    expect(exitCode).toBe(2);
    expect(await readdir(cwd)).toEqual([]);
  });
});
