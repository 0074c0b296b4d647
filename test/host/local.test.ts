import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it, onTestFinished } from 'vitest';
import { LocalHost } from '../../src/host/local.ts';

const host = new LocalHost();

describe('LocalHost', () => {
  it('lets a program print more than is kept, to its very end', async () => {
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

  it('reads files alone, and opens nothing that might never answer', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'podbsd-local-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const at = (name: string): string => join(folder, name);
    await execa('mkfifo', [at('pipe')]);
    await symlink('pipe', at('link-to-pipe'));
    await symlink('/dev/null', at('switched-off'));
    await symlink('nothing', at('dangling'));
    await writeFile(at('file'), 'text');
    for (const path of [at('pipe'), at('link-to-pipe'), '/dev/zero', '/dev/tty'])
      await expect(host.readText(path), path).rejects.toMatchObject({ code: 'EFTYPE', path });
    await expect(host.readText(folder)).rejects.toMatchObject({ code: 'EISDIR' });
    expect(
      await Promise.all(
        ['file', 'switched-off', 'dangling', 'file/x'].map((name) => host.readText(at(name))),
      ),
    ).toEqual(['text', '', undefined, undefined]);
  });
});
