import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { ExitCode, PodbsdError, errnoOf, messageOf } from '../../ground/errors.ts';
import { until } from '../../ground/until.ts';
import type { MachineFiles } from './machine-files.ts';

/** Milliseconds: podman opens the socket in a separate goroutine, possibly after it starts the helper. */
const PATIENCE = 5_000;
/** podman before 6 embeds the certificates of the host: a megabyte and more. */
const LONGEST_CONFIG = 64 * 1024 * 1024;

export interface IgnitionSource {
  readonly socket: string | undefined;
  readonly disk: string;
  readonly files: Pick<MachineFiles, 'ignition' | 'ignitionCopy'>;
  /** Is told what failed although there was a fallback. */
  readonly note: (text: string) => void;
  readonly signal: AbortSignal;
}

/**
 * The file with the machine's Ignition config, for QEMU to hand over at each boot, as podman does on Linux. podman on a
 * Mac offers it through a socket until the first successful stop, and keeps it in a file until the machine is removed.
 * @throws PodbsdError when there is neither.
 */
export async function ignitionFile({ socket, disk, files, note, signal }: IgnitionSource): Promise<string> {
  const { ignition, ignitionCopy } = files;
  const kept = await readFile(ignition).catch(() => undefined);
  if (socket !== undefined) {
    try {
      const served = await fetchIgnition(socket, signal);
      if (kept?.equals(served) === true) {
        await rm(ignitionCopy, { force: true });
        return ignition;
      }
      await writeFile(`${ignitionCopy}.new`, served, { mode: 0o600 });
      await rename(`${ignitionCopy}.new`, ignitionCopy);
      return ignitionCopy;
    } catch (error) {
      signal.throwIfAborted();
      note(`no Ignition config from ${socket}: ${messageOf(error)}`);
    }
  }
  if (await isOfThisDisk(ignitionCopy, disk)) return ignitionCopy;
  if (kept !== undefined) return ignition;
  throw new PodbsdError({
    doing: 'looking for the Ignition config of the machine',
    problem: `podman does not offer it, and neither ${ignition} nor ${ignitionCopy} is there`,
    remedy: 'remove the machine and create it again: podman machine rm, podman machine init',
    exitCode: ExitCode.data,
  });
}

/** A copy that is older than the disk belongs to an earlier machine of the same name. */
async function isOfThisDisk(copy: string, disk: string): Promise<boolean> {
  try {
    return (await stat(copy)).mtimeMs >= (await stat(disk)).birthtimeMs;
  } catch {
    return false;
  }
}

/** Requests it as Ignition does. Retries while nobody listens, and when the answer was cut off. */
async function fetchIgnition(socket: string, signal: AbortSignal): Promise<Buffer> {
  let last: unknown;
  const found = await until(
    async () => {
      try {
        return await get(socket, signal);
      } catch (error) {
        const code = errnoOf(error);
        if (code !== 'ENOENT' && code !== 'ECONNREFUSED' && code !== 'ECONNRESET') throw error;
        last = error;
        return undefined;
      }
    },
    { every: 100, within: PATIENCE, signal },
  );
  if (found === undefined) throw last;
  const config = JSON.parse(found.toString('utf8')) as { ignition?: { version?: unknown } } | null;
  if (typeof config?.ignition?.version !== 'string') throw new Error('its answer is not an Ignition config');
  return found;
}

async function get(socketPath: string, signal: AbortSignal): Promise<Buffer> {
  return await new Promise((resolve, reject) => {
    const headers = {
      Host: 'd',
      Accept: 'application/vnd.coreos.ignition+json, */*;q=0.1',
      Connection: 'close',
    };
    const asked = request({ socketPath, path: '/', headers, agent: false, signal, timeout: PATIENCE });
    asked.on('timeout', () => asked.destroy(new Error('it did not answer')));
    asked.on('error', reject);
    asked.on('response', (response) => {
      const chunks: Buffer[] = [];
      let length = 0;
      response.on('error', reject);
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        length += chunk.length;
        if (length > LONGEST_CONFIG) response.destroy(new Error('its answer is too long'));
      });
      response.on('end', () => {
        if (response.statusCode === 200) resolve(Buffer.concat(chunks));
        else reject(new Error(`it answers ${response.statusCode ?? 0}`));
      });
    });
    asked.end();
  });
}
