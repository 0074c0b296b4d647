import { ask } from '../host/ask.ts';
import type { Host } from '../host/host.ts';

export interface Connection {
  readonly name: string;
  /** `ssh://USER@HOST:PORT/SOCKET`. */
  readonly destination: string;
  /** Private key; without it the user's agent or default keys are used. */
  readonly identity?: string | undefined;
  readonly makeDefault: boolean;
}

/** Adds a connection with podman's own command. One of the same name is replaced. */
export async function addPodmanConnection(client: Host, connection: Connection): Promise<void> {
  const { name, destination, identity, makeDefault } = connection;
  const known = await podmanConnections(client);
  if (known.has(name)) await client.run(['podman', 'system', 'connection', 'remove', name]);
  const flags = [
    ...(makeDefault ? ['--default'] : []),
    ...(identity === undefined ? [] : ['--identity', identity]),
  ];
  await client.run(['podman', 'system', 'connection', 'add', ...flags, name, destination]);
}

/** Names and destinations of all connections. podman marks the default one with a star. */
export async function podmanConnections(client: Host): Promise<ReadonlyMap<string, string>> {
  const format = '{{.Name}} {{.URI}}';
  const text = await ask(client, ['podman', 'system', 'connection', 'list', '--format', format]);
  const lines = (text ?? '').split('\n').filter((line) => line !== '');
  return new Map(lines.map((line) => splitLine(line)));
}

function splitLine(line: string): [name: string, uri: string] {
  const [name = '', uri = ''] = line.split(/\s+/);
  return [name.replace(/\*$/, ''), uri];
}
