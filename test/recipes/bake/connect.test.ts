import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { connectInside } from '../../../src/recipes/bake/connect.ts';
import { ExitCode } from '../../../src/ground/errors.ts';
import { generateKeyPair } from '../../../src/host/ssh/key-pair.ts';
import { freePort } from '../../../src/vm/free-port.ts';
import type { RunningMachine } from '../../../src/vm/running-machine.ts';
import { missing } from '../../support/programs.ts';
import { startSshd } from '../../support/sshd.ts';
import { tempDir } from '../../support/temp-dir.ts';

const machine = { qmp: { status: async () => ({ status: 'running' }) } } as Partial<
  Record<keyof RunningMachine, unknown>
> as RunningMachine;

/** Tries to get in; the console shows this text. */
async function logIn(sshPort: number, text: string, timeoutMs: number) {
  const console = join(await tempDir(), 'console.log');
  await writeFile(console, text);
  const run = { progress: () => undefined, signal: new AbortController().signal };
  const keys = { login: await generateKeyPair('login'), host: await generateKeyPair('host') };
  return await connectInside({ machine, sshPort, keys, console, timeoutMs, run });
}

describe('logging in to the base image', () => {
  it('is given up when FreeBSD has booted to its login prompt and SSH lets nobody in', async () => {
    const prompt = 'FreeBSD/amd64 (freebsd) (ttyu0)\r\n\r\nlogin: ';
    await expect(logIn(await freePort(), prompt, 16_000)).rejects.toMatchObject({
      exitCode: ExitCode.notReady,
      // And not that it was waited for to the end.
      problem: expect.stringContaining('shows a login prompt on its console') as string,
      remedy: expect.stringContaining('never been booted before') as string,
    });
  });

  it('waits its whole time while FreeBSD is still booting', async () => {
    await expect(logIn(await freePort(), 'Starting devd.\r\n', 1000)).rejects.toMatchObject({
      problem: expect.stringContaining('no login after') as string,
    });
  });

  it.skipIf(missing('sshd') !== undefined)(
    'says that the seed was not read when the guest has made a host key of its own',
    async () => {
      const sshd = await startSshd();
      onTestFinished(() => sshd.stop());
      await expect(logIn(sshd.port, '', 60_000)).rejects.toMatchObject({
        exitCode: ExitCode.untrusted,
        problem: expect.stringMatching(
          /not the one that was expected.*not taken the key from the seed/,
        ) as string,
        remedy: expect.stringContaining('14.4 or later') as string,
      });
    },
  );
});
