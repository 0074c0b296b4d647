import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The files of one machine that lives no longer than the command that started it. */
export interface MachineFolder {
  readonly path: string;
  readonly qmpSocket: string;
  readonly readySocket: string;
  readonly pidFile: string;
  readonly serialLog: string;
  readonly ignitionFile: string;
  /** A path in the folder. */
  file(name: string): string;
  remove(): Promise<void>;
}

/**
 * Makes a private folder below the system's folder for temporary files. Its path is kept short: a unix socket's path has
 * room for 104 bytes on FreeBSD and macOS.
 */
export async function makeMachineFolder(): Promise<MachineFolder> {
  const path = await mkdtemp(join(tmpdir(), 'podbsd-vm-'));
  const file = (name: string): string => join(path, name);
  return {
    path,
    qmpSocket: file('qmp.sock'),
    readySocket: file('ready.sock'),
    pidFile: file('qemu.pid'),
    serialLog: file('console.log'),
    ignitionFile: file('config.ign'),
    file,
    remove: async () => {
      await rm(path, { recursive: true, force: true });
    },
  };
}
