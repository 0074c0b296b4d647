import { createServer } from 'node:net';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { onTestFinished } from 'vitest';
import { eventually } from './eventually.ts';

/** Starts Debian's docker-registry on a free port of the loopback interface until the test ends. Returns host:port. */
export async function startRegistry(folder: string): Promise<string> {
  const address = `127.0.0.1:${await freePort()}`;
  const config = join(folder, 'registry.yml');
  const settings = {
    version: 0.1,
    storage: { filesystem: { rootdirectory: join(folder, 'registry') } },
    http: { addr: address },
  };
  // YAML takes JSON as it is.
  await writeFile(config, JSON.stringify(settings));
  const registry = execa('docker-registry', ['serve', config], { reject: false });
  onTestFinished(async () => {
    registry.kill();
    await registry;
  });
  await eventually(async () => {
    const answer = await fetch(`http://${address}/v2/`);
    if (!answer.ok) throw new Error(`docker-registry answers ${answer.status}`);
  });
  return address;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
