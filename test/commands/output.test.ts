import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { ExitCode } from '../../src/ground/errors.ts';
import { bundledProgram } from '../support/bundled-program.ts';

describe.runIf(process.platform === 'linux')('output of podbsd', () => {
  it.each([['--help'], ['man']])('that finds no space is an error in words: %s', async (command) => {
    const argv = ['-c', '"$0" "$1" "$2" >/dev/full', process.execPath, await bundledProgram(), command];
    const { exitCode, stderr } = await execa('sh', argv, { reject: false });
    expect([exitCode, stderr]).toEqual([
      ExitCode.diskFull,
      expect.stringMatching(/^error: writing the output\n {2}ENOSPC.*\nnext: {2}\S.*$/),
    ]);
  });

  it('that nobody reads to the end is no error', async () => {
    const script = '"$0" "$1" man | head -n 1; echo "${PIPESTATUS[0]}"';
    const { stdout, stderr } = await execa('bash', ['-c', script, process.execPath, await bundledProgram()]);
    expect([stdout.split('\n').at(-1), stderr]).toEqual(['0', '']);
  });

  it('has a stack trace and the cause with PODBSD_DEBUG=1 alone', async () => {
    const argv = [await bundledProgram(), 'doctor', '/nonexistent'];
    const plain = await execa(process.execPath, argv, { reject: false });
    expect(plain.stderr).not.toMatch(/^\s+at /m);
    const debug = await execa(process.execPath, argv, { reject: false, env: { PODBSD_DEBUG: '1' } });
    expect(debug.stderr).toMatch(/^\s+at /m);
    expect(debug.stderr).toContain('[cause]');
  });
});
