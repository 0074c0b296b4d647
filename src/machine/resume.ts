import { SshHost } from '../host/ssh.ts';
import { withMonitor } from '../vm/monitor.ts';
import { sshSettings } from './login.ts';
import type { Machine } from './record.ts';
import type { MachineState } from './state.ts';

/** Goes on with a machine that runs already. A guest that was stopped, because the host's file system was full, runs again. */
export async function resume(machine: Machine, state: MachineState): Promise<void> {
  const going = withMonitor(machine.paths.qmpSocket, async (qmp) => {
    if (!(await qmp.status()).running) await qmp.execute('cont');
  });
  // The monitor may be gone with the folder of the session that started the machine. The guest is there all the same.
  await going.catch(() => undefined);
  if (state === 'failed') await askAgain(machine);
}

/** The guest has reported why it cannot be used; that may have passed. It writes another line when it is asked again. */
async function askAgain(machine: Machine): Promise<void> {
  try {
    const root = await SshHost.connect(sshSettings(machine, 'root'));
    await root.run(['service', 'podbsd_ready', 'start'], { okCodes: [0, 1] });
    await root.close();
  } catch {
    // Nobody to ask: the reason stands.
  }
}
