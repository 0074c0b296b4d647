import { open } from 'node:fs/promises';
import type { Environment } from '../../ground/xdg.ts';
import type { HelperCommandLine } from './command-line.ts';
import { ignitionFile } from './ignition.ts';
import type { MachineLog } from './log.ts';
import type { MachineFiles } from './machine-files.ts';
import { networkWay } from './network.ts';
import { qemuLine } from './qemu-line.ts';
import { findQemuParts } from './qemu-parts.ts';
import { sharesOf } from './shares.ts';
import type { Sockets } from './sockets.ts';

export interface PlanOptions {
  readonly line: HelperCommandLine;
  readonly files: MachineFiles;
  readonly sockets: Sockets;
  readonly env: Environment;
  readonly lib: string;
  readonly log: MachineLog;
  readonly signal: AbortSignal;
}

/** Everything that QEMU needs, and the command line to start it with. What is not available is logged, or refused. */
export async function planQemu(options: PlanOptions): Promise<readonly string[]> {
  const { line, files, sockets, env, lib, log, signal } = options;
  const note = (text: string): void => log.note(text);
  if (line.ignored.length > 0) note(`not for a FreeBSD machine, left out: ${line.ignored.join(' ')}`);
  const parts = findQemuParts(line.disk, env);
  const { gvproxyPids } = files;
  const way = await networkWay({ gvproxySocket: line.network.socket, gvproxyPids, sockets, lib, env });
  const ignition = await ignitionFile({ socket: line.ignitionSocket, disk: line.disk, files, note, signal });
  const facts = {
    ...parts,
    diskFormat: await diskFormat(line.disk),
    ignition,
    shares: await sharesOf(line.shares, files.description, note),
    network: way.network,
    readySocket: sockets.ready,
    qmpSocket: sockets.monitor,
    log: log.path,
  };
  return [...way.launcher, ...qemuLine(line, facts)];
}

/** podman names every disk NAME.raw, whatever its format. */
async function diskFormat(disk: string): Promise<'raw' | 'qcow2'> {
  const file = await open(disk);
  try {
    const { buffer } = await file.read(Buffer.alloc(4), 0, 4, 0);
    return buffer.toString('latin1') === 'QFI\xfb' ? 'qcow2' : 'raw';
  } finally {
    await file.close();
  }
}
