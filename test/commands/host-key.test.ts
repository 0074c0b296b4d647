import { mkdir, mkdtemp, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createProgram } from '../../src/commands/program.ts';
import { recordingTerminal } from '../support/program.ts';
import { missing } from '../support/programs.ts';
import { startSshd, type TestSshd } from '../support/sshd.ts';

/** What keeps everybody from writing the file, root too. */
const obstacles: readonly [string, (file: string) => Promise<unknown>][] = [
  ['a directory', (file) => mkdir(file)],
  ['a link to what is gone', (file) => symlink('/nonexistent/store/known_hosts', file)],
];

describe.skipIf(missing('sshd') !== undefined)('an accepted host key that cannot be written down', () => {
  let sshd: TestSshd;
  beforeAll(async () => void (sshd = await startSshd()));
  afterAll(() => sshd.stop());
  afterEach(() => void vi.unstubAllEnvs());

  it.each(
    ['status', 'clean'].flatMap((command) => obstacles.map((obstacle) => [command, ...obstacle] as const)),
  )('is said by %s --host, with the line: %s', async (command, _what, obstruct) => {
    const home = await mkdtemp(join(sshd.folder, 'home-'));
    const file = join(home, '.ssh', 'known_hosts');
    await mkdir(join(home, '.ssh'));
    await obstruct(file);
    vi.stubEnv('HOME', home);
    const config = join(home, 'podbsd.toml');
    await writeFile(config, `[build]\ndirectory = "${home}/nothing"\n`);
    const terminal = recordingTerminal();
    const url = `ssh://${sshd.user}@127.0.0.1:${sshd.port}`;
    const program = await createProgram({ terminal, signal: new AbortController().signal });
    const login = ['--host', url, '--identity', sshd.identityFile, '--accept-new-host-key'];
    const running = program.parseAsync([command, '--config', config, ...login], { from: 'user' });
    await expect(running).rejects.toThrow('there is no journal of podbsd there');
    expect(terminal.errLines).toEqual([
      expect.stringContaining(`note: ${file} cannot be written`),
      `  [127.0.0.1]:${sshd.port} ${sshd.hostKey}`,
    ]);
  });
});
