import { request } from 'node:http';

/** What podman's API service answers through a socket: `OK`. */
export async function pingApi(socketPath: string): Promise<string> {
  return await new Promise((resolve, reject) => {
    const asked = request({ socketPath, path: '/_ping', timeout: 20_000, agent: false }, (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => (body += chunk.toString()));
      response.on('end', () => resolve(body));
    });
    asked.on('timeout', () => asked.destroy(new Error(`${socketPath} does not answer`)));
    asked.on('error', reject);
    asked.end();
  });
}
