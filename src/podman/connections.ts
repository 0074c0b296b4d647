import { realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { ExitCode, PodbsdError } from '../ground/errors.ts';
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

export interface HostKey {
  /** As known_hosts names it: `HOST`, or `[HOST]:PORT`. */
  readonly address: string;
  /** `ssh-ed25519 AAAA...`. */
  readonly key: string;
  /** Whose it is, for messages. */
  readonly owner: string;
}

/** The file in which podman and docker look for host keys. Where it is a link, the file that it leads to. */
export function userKnownHosts(): string {
  const file = join(homedir(), '.ssh', 'known_hosts');
  try {
    return realpathSync(file);
  } catch {
    return file;
  }
}

/**
 * podman and docker check the host key against the user's own known_hosts. An entry for another key is not touched.
 * @returns the line that was added; undefined when the key was known.
 */
export async function pinHostKey(client: Host, wanted: HostKey): Promise<string | undefined> {
  const { address, key, owner } = wanted;
  const file = userKnownHosts();
  const known = (await ask(client, ['ssh-keygen', '-F', address, '-f', file])) ?? '';
  const text = key.split(' ')[1] ?? '';
  if (text !== '' && known.includes(text)) return undefined;
  if (/ ssh-ed25519 /.test(known))
    throw new PodbsdError({
      doing: `pinning the host key of ${owner}`,
      problem: `${file} knows another key for ${address}`,
      remedy: `if that machine is gone: ssh-keygen -R '${address}'`,
      exitCode: ExitCode.untrusted,
    });
  const before = (await client.readText(file)) ?? '';
  const separator = before === '' || before.endsWith('\n') ? '' : '\n';
  const line = `${address} ${key}`;
  await client.mkdir(dirname(file), { mode: 0o700 });
  await client.writeFile(file, `${before}${separator}${line}\n`, { mode: 0o600 });
  return line;
}

/** Takes back a line that was added; other lines stay, also such for the same address. */
export async function unpinHostKey(host: Host, line: string): Promise<void> {
  const file = userKnownHosts();
  const before = await host.readText(file);
  if (before === undefined) return;
  const after = before.split('\n').filter((one) => one !== line);
  if (after.length < before.split('\n').length) await host.writeFile(file, after.join('\n'), { mode: 0o600 });
}
