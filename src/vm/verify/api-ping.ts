import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import type { SshHost } from '../../host/ssh.ts';
import type { MachineFolder } from '../machine-folder.ts';
import { expectEqual } from './expect.ts';

/** podman waits this long for the same answer; milliseconds. */
const PING_TIMEOUT = 20_000;

interface Answer {
  readonly status: number | undefined;
  readonly body: string;
  readonly version: string | undefined;
}

/**
 * Asks podman's API service in the guest `GET /_ping`, the way gvproxy forwards it: a stream to the guest's unix socket
 * over SSH, opened with the rights of the SSH user.
 */
export async function apiPing(
  ssh: SshHost,
  socket: string,
  folder: MachineFolder,
): Promise<string | undefined> {
  const local = folder.file(`api-${randomBytes(3).toString('hex')}`);
  const forward = await ssh.forwardUnix(local, socket);
  try {
    const answer = await get(local, '/_ping');
    expectEqual(`status of /_ping at ${socket}`, String(answer.status), '200');
    expectEqual(`answer to /_ping at ${socket}`, answer.body, 'OK');
    return answer.version === undefined ? undefined : `API ${answer.version}`;
  } finally {
    await forward.close();
  }
}

async function get(socketPath: string, path: string): Promise<Answer> {
  return await new Promise((resolve, reject) => {
    const asked = request({ socketPath, path, timeout: PING_TIMEOUT, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => (body += text));
      response.on('error', reject);
      response.on('end', () => {
        const version = response.headers['libpod-api-version'];
        resolve({
          status: response.statusCode,
          body,
          version: Array.isArray(version) ? version[0] : version,
        });
      });
    });
    asked.on('timeout', () => asked.destroy(new Error(`no answer for ${PING_TIMEOUT / 1000} s`)));
    asked.on('error', reject);
    asked.end();
  });
}
