import { lstatSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { until } from '../../ground/until.ts';

/** What podman asked of virtiofsd, kept in a plain file at the socket's path until QEMU is started. */
export interface VirtiofsdRecord {
  /** Process id of the podman that is starting the machine: tells its records from those of an earlier start. */
  readonly podman: number;
  /** The folder to share: podman starts virtiofsd in it, with `--shared-dir .`. */
  readonly folder: string;
  readonly args: readonly string[];
}

/** How long QEMU's wrapper waits for a record that is just being written; milliseconds. */
const PATIENCE = 2_000;

/** The socket's path among virtiofsd's arguments: `--socket-path P` or `--socket-path=P`. */
export function socketPath(args: readonly string[]): string | undefined {
  const at = args.findIndex((arg) => arg === '--socket-path' || arg.startsWith('--socket-path='));
  return args[at]?.includes('=') === true
    ? args[at].slice('--socket-path='.length)
    : args[at + 1 || args.length];
}

/** podman goes on as soon as something exists at the path, so the record appears there complete. */
export function writeRecord(socket: string, record: VirtiofsdRecord): void {
  const temporary = `${socket}.${process.pid}.tmp`;
  writeFileSync(temporary, JSON.stringify(record), { mode: 0o600, flag: 'wx' });
  renameSync(temporary, socket);
}

/**
 * Takes the record that this podman left at a socket's path. Undefined when there is none: a real virtiofsd listens
 * there, or only an earlier start has left something.
 */
export async function takeRecord(socket: string, podman: number): Promise<VirtiofsdRecord | undefined> {
  const take = (): VirtiofsdRecord | undefined => {
    const record = readRecord(socket);
    if (record?.podman !== podman) return undefined;
    rmSync(socket);
    return record;
  };
  return await until(take, { every: 20, within: PATIENCE });
}

function readRecord(socket: string): VirtiofsdRecord | undefined {
  try {
    if (!lstatSync(socket).isFile()) return undefined;
    return JSON.parse(readFileSync(socket, 'utf8')) as VirtiofsdRecord;
  } catch {
    return undefined;
  }
}
