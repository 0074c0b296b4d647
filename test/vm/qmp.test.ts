import { afterEach, describe, expect, it } from 'vitest';
import { LocalHost } from '../../src/host/local.ts';
import { makeMachineFolder, type MachineFolder } from '../../src/vm/machine-folder.ts';
import { QmpClient } from '../../src/vm/qmp.ts';
import { missing } from '../support/programs.ts';

/** A machine without anything, whose processors do not run: only its monitor is of interest. */
function startQemu(folder: MachineFolder): Promise<unknown> {
  const quiet = ['-nodefaults', '-display', 'none', '-machine', 'none', '-S'];
  return new LocalHost().run([
    'qemu-system-x86_64',
    ...quiet,
    '-qmp',
    `unix:${folder.qmpSocket},server=on,wait=off`,
  ]);
}

describe.skipIf(missing('qemu-system-x86_64') !== undefined)('a real monitor', () => {
  let folder: MachineFolder | undefined;
  afterEach(async () => folder?.remove());

  it('is waited for, answers in order, refuses what it does not know, and quits', async () => {
    folder = await makeMachineFolder();
    const qemu = startQemu(folder);
    const qmp = await QmpClient.connect(folder.qmpSocket, { timeoutMs: 100_000 });
    const [status, version] = await Promise.all([qmp.status(), qmp.execute('query-version')]);
    expect(status).toMatchObject({ status: 'prelaunch', running: false });
    expect(version).toHaveProperty('qemu.major');
    await expect(qmp.execute('no-such-command')).rejects.toThrow('QEMU refused');
    await qmp.quit();
    await qemu;
    await expect(qmp.status()).rejects.toThrow('QEMU has ended');
  });
});
