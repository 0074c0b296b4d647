import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { SshHost } from '../../../src/host/ssh.ts';
import { startSshd, type TestSshd } from '../../support/sshd.ts';

/** The server of a test file, a host that is reached through it, and a folder of each test for itself. */
export let sshd: TestSshd;
export let host: SshHost;
export let folder: string;

/** Starts them before the tests of the surrounding `describe`, and ends them afterwards. */
export function useSshd(): void {
  beforeAll(async () => {
    sshd = await startSshd();
    host = await SshHost.connect(sshd.settings);
  });
  afterAll(async () => {
    await host.close();
    await sshd.stop();
  });
  beforeEach(async () => {
    sshd.refuse(false);
    folder = await mkdtemp(join(sshd.folder, 'test-'));
  });
}
