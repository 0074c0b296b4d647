import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ExitCode, PodbsdError } from '../../ground/errors.ts';
import type { Environment } from '../../ground/xdg.ts';
import type { Network } from '../../vm/spec.ts';
import { findIn } from '../../ground/find-program.ts';
import type { Sockets } from './sockets.ts';

/** QEMU's connection to gvproxy, and the program that opens it and becomes QEMU. */
export interface NetworkWay {
  readonly network: Network;
  readonly launcher: readonly string[];
}

export interface NetworkOptions {
  readonly gvproxySocket: string;
  readonly gvproxyPids: readonly string[];
  readonly sockets: Sockets;
  readonly lib: string;
  readonly env: Environment;
}

/**
 * gvproxy waits for vfkit's datagrams. Where there is no perl to open such a socket, front/gvproxy makes it listen on a
 * stream.
 */
export async function networkWay(options: NetworkOptions): Promise<NetworkWay> {
  const { gvproxySocket, gvproxyPids, sockets, lib, env } = options;
  if (await waitsForStream(gvproxySocket, gvproxyPids))
    return { network: { kind: 'stream', path: gvproxySocket }, launcher: [] };
  const perl = findPerl(env);
  if (perl === undefined)
    throw new PodbsdError({
      doing: 'connecting to gvproxy',
      problem: 'there is no perl, which opens the datagram socket that gvproxy waits for',
      remedy: 'podbsd setup-podman, which then makes gvproxy listen on a stream socket',
      exitCode: ExitCode.host,
    });
  return {
    network: { kind: 'datagram', fd: 3 },
    launcher: [perl, join(lib, 'datagram.pl'), sockets.network, gvproxySocket],
  };
}

/** perl comes with macOS. */
export function findPerl(env: Environment): string | undefined {
  return findIn(['/usr/bin', ...(env['PATH'] ?? '').split(':')], 'perl');
}

/** The socket itself does not tell, and a test connection would take QEMU's place. */
async function waitsForStream(socket: string, pidFiles: readonly string[]): Promise<boolean> {
  for (const file of pidFiles) {
    const pid = (await readFile(file, 'utf8').catch(() => '')).trim();
    if (!/^\d+$/.test(pid)) continue;
    const ps = promisify(execFile)('ps', ['-ww', '-o', 'args=', '-p', pid], { timeout: 10_000, cwd: '/' });
    const args = await ps.then(
      ({ stdout }) => stdout,
      () => '',
    );
    if (args.includes(`-listen-qemu unix://${socket}`)) return true;
  }
  return false;
}
