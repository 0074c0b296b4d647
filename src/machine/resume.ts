import { SshHost } from '../host/ssh.ts';
import { withMonitor } from '../vm/monitor.ts';
import { sshSettings } from './login.ts';
import type { Machine } from './record.ts';
import type { MachineState } from './state.ts';

/**
 * Continues with a machine that is already running. A guest that QEMU paused because the host's file system was full is
 * resumed.
 */
export async function resume(machine: Machine, state: MachineState): Promise<void> {
  const going = withMonitor(machine.paths.qmpSocket, async (qmp) => {
    if (!(await qmp.status()).running) await qmp.execute('cont');
  });
  // The monitor may be gone with the folder of the session that started the machine, while the guest still runs.
  await going.catch(() => undefined);
  if (state === 'failed') await askAgain(machine);
}

/** The guest has reported why it cannot be used; that may have passed. Asked again, it writes another line. */
async function askAgain(machine: Machine): Promise<void> {
  try {
    const root = await SshHost.connect(sshSettings(machine, 'root'));
    await root.run(['service', 'podbsd_ready', 'start'], { okCodes: [0, 1] });
    await root.close();
  } catch {
    // The guest cannot be asked: the reason stays.
  }
}
