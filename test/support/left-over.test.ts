import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { leftOvers } from './left-over.ts';
import { tempDir } from './temp-dir.ts';

it.runIf(process.platform === 'linux')(
  'names the test that left a program running, also one without its environment',
  async () => {
    const folder = await tempDir();
    const start = async (env: NodeJS.ProcessEnv, cwd: string): Promise<ReturnType<typeof spawn>> => {
      const program = spawn('cat', { stdio: ['pipe', 'pipe', 'ignore'], env, cwd });
      // It has become cat when it answers.
      program.stdin.write('x');
      await once(program.stdout, 'data');
      return program;
    };
    const known = await start({ ...process.env, OF_THIS_TEST: folder }, '/');
    const bare = await start({ PATH: process.env['PATH'] }, folder);
    try {
      const found = leftOvers(folder, 0);
      const testOf = (program: typeof known): string | undefined =>
        found.find(({ pid }) => pid === program.pid)?.test;
      expect(testOf(known)).toContain('names the test that left a program running');
      expect(testOf(bare)).toBe('a test that cannot be told');
    } finally {
      for (const program of [known, bare]) {
        program.kill();
        await once(program, 'exit');
      }
    }
    expect(leftOvers(folder, 0)).toEqual([]);
  },
);
