import { mkdtempSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ExitCode, PodbsdError } from '../../ground/errors.ts';

/** Longest path of a socket on macOS (sockaddr_un holds 104 bytes with the final NUL); podman counts the same way. */
const LONGEST_PATH = 103;

/** QEMU's sockets: the ready port, the monitor, and the network's own end. */
export interface Sockets {
  /** What their paths begin with; one letter follows. */
  readonly prefix: string;
  readonly ready: string;
  readonly monitor: string;
  readonly network: string;
  /** A folder that was made for them and is removed with them. */
  readonly folder: string | undefined;
}

/**
 * Places for the sockets of this start: beside gvproxy's, which podman moves to ~/.podman where its own folder has too
 * long a name, and in a folder of /tmp where even that is too long.
 *
 * @param id of this start alone: what an earlier one left may be being removed at the moment.
 * @throws PodbsdError when gvproxy's own socket cannot be reached: QEMU would continue with a truncated path.
 */
export function placeSockets(gvproxySocket: string, id: string): Sockets {
  if (Buffer.byteLength(gvproxySocket) > LONGEST_PATH)
    throw new PodbsdError({
      doing: 'connecting to gvproxy',
      problem: `the path of its socket is longer than ${LONGEST_PATH} bytes: ${gvproxySocket}`,
      remedy: 'set TMPDIR to a shorter path',
      exitCode: ExitCode.host,
    });
  const prefix = join(dirname(gvproxySocket), `pb-${id}.`);
  if (Buffer.byteLength(prefix) < LONGEST_PATH && isFolder(dirname(prefix)))
    return { ...named(prefix), folder: undefined };
  const folder = mkdtempSync('/tmp/podbsd-');
  return { ...named(join(folder, 's')), folder };
}

function named(prefix: string): Omit<Sockets, 'folder'> {
  return { prefix, ready: `${prefix}r`, monitor: `${prefix}q`, network: `${prefix}n` };
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
