import { describe, expect, it } from 'vitest';
import { LocalHost } from '../../src/host/local.ts';

const host = new LocalHost();

describe('LocalHost', () => {
  it('lets a program print more than is kept, to its very end', { timeout: 60_000 }, async () => {
    const megabytes = 80;
    const script = `head -c ${megabytes}000000 /dev/zero | tr '\\0' a; echo; echo the end`;
    const { exitCode, stdout } = await host.run(['sh', '-c', script]);
    expect(exitCode).toBe(0);
    expect(stdout.length).toBeLessThan(megabytes * 1_000_000);
    expect(stdout.slice(-12)).toContain('the end\n');
    expect(stdout).toContain('bytes left out]');
  });

  it('says that the log could not be written, when the program has ended', async () => {
    const running = host.run(['sh', '-c', 'echo one; sleep 0.1; echo two'], { logFile: '/dev/full' });
    await expect(running).rejects.toMatchObject({ code: 'ENOSPC' });
  });
});
