import type { Option } from '../../command-line/read.ts';
import { runProgram } from '../../freebsd/program.ts';
import type { System } from '../../system/system.ts';

export const restartOption: Option = { names: ['--restart'], what: 'Restart VM to apply changes' };

/** The host's podman restarts the machine itself and does not pass `--restart` on: it was typed in the guest. */
export function restartMachine(system: System): void {
  system.out('Restarting the machine.\n');
  runProgram(system, ['/sbin/shutdown', '-r', 'now']);
}

/** podman in the guest knows one machine: the one that it runs in. */
export function refuseMachineName(name: string | undefined, command: string): void {
  if (name === undefined) return;
  throw new Error(
    `${name}: VM does not exist: this is the inside of a machine; on the host it is podman machine os ${command}`,
  );
}
