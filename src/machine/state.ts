import { readFile } from 'node:fs/promises';
import { livingProcess } from './processes.ts';
import type { Machine } from './record.ts';

/** podman's three states, and one for a guest that has reported why it cannot be used. */
export type MachineState = 'stopped' | 'starting' | 'running' | 'failed';

/** What the guest has written to its ready port since the machine was started. */
export type ReadyLine = { readonly ready: true } | { readonly ready: false; readonly reason: string };

/** The state is not stored but observed, so that no crash can leave a wrong one behind. */
export async function machineState(machine: Machine): Promise<MachineState> {
  if ((await vmProcess(machine)) === undefined) return 'stopped';
  const line = await readyLine(machine);
  if (line === undefined) return 'starting';
  return line.ready ? 'running' : 'failed';
}

/**
 * The id of the machine's process while it runs. Only that process has the path of its pid file in its command line.
 */
export async function vmProcess({ paths }: Machine): Promise<number | undefined> {
  return await livingProcess(paths.vmPid, paths.vmPid);
}

/** The last line that the guest wrote; undefined when there is none yet. The file is emptied when the machine starts. */
export async function readyLine({ paths }: Machine): Promise<ReadyLine | undefined> {
  const text = await readFile(paths.ready, 'utf8').catch(() => '');
  const line = text
    .split('\n')
    .slice(0, -1)
    .map((one) => one.trim())
    .findLast((one) => one !== '');
  if (line === undefined) return undefined;
  return line === 'Ready' ? { ready: true } : { ready: false, reason: line.replace(/^Failed: /, '') };
}
