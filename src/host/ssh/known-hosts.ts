import { createHmac } from 'node:crypto';

/** One line of a known_hosts file (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"). */
interface KnownHost {
  /** Number of the line, from 1. */
  readonly line: number;
  readonly revoked: boolean;
  readonly matches: (name: string) => boolean;
  readonly type: string;
  /** The public key in base64, as in the file. */
  readonly key: string;
}

/** What known_hosts says about a key that a server has presented. */
export type Verdict = 'known' | 'unknown' | 'changed' | 'revoked';

/** The name under which known_hosts lists a server: `host`, or `[host]:port` where the port is not 22. */
export function knownHostsName(host: string, port: number): string {
  const name = host.toLowerCase();
  return port === 22 ? name : `[${name}]:${port}`;
}

/**
 * The contents of one or more known_hosts files, read as OpenSSH reads them (hostfile.c, match.c). Lines that cannot be
 * read are left out, as ssh(1) does.
 */
export class KnownHosts {
  readonly #hosts: readonly KnownHost[];

  constructor(text: string) {
    this.#hosts = text.split('\n').flatMap((line, index) => readLine(line, index + 1));
  }

  /**
   * What is known of a server's key. For ports other than 22 OpenSSH also accepts the key that is listed for the host
   * without a port; any other key there says nothing about this server.
   */
  checkServer(host: string, port: number, key: Buffer): Verdict {
    const verdict = this.check(knownHostsName(host, port), key);
    if (verdict !== 'unknown' || port === 22) return verdict;
    const alone = this.check(knownHostsName(host, 22), key);
    return alone === 'changed' ? 'unknown' : alone;
  }

  /** Types of the keys to ask a server for: those listed for its port, else those for the host without a port. */
  serverKeyTypes(host: string, port: number): string[] {
    const types = this.keyTypes(knownHostsName(host, port));
    return types.length > 0 ? types : this.keyTypes(knownHostsName(host, 22));
  }

  /** Numbers of the lines with a key for a name, from 1. */
  lines(name: string): number[] {
    return this.#hosts.filter((host) => !host.revoked && host.matches(name)).map(({ line }) => line);
  }

  /**
   * A host that is listed with other keys only counts as changed, even when the type of key differs: a server that
   * suddenly offers only an unknown type may be an impostor.
   */
  check(name: string, key: Buffer): Verdict {
    const text = key.toString('base64');
    const same = this.#hosts.filter((host) => host.key === text);
    if (same.some((host) => host.revoked && host.matches(name))) return 'revoked';
    if (same.some((host) => !host.revoked && host.matches(name))) return 'known';
    return this.keyTypes(name).length > 0 ? 'changed' : 'unknown';
  }

  /** Types of the keys listed for a host. The client must ask for these, or the server presents another key. */
  keyTypes(name: string): string[] {
    return this.#hosts.filter((host) => !host.revoked && host.matches(name)).map((host) => host.type);
  }
}

/** The line that makes a host known under these names. Without the newline at its end. */
export function knownHostsLine(names: readonly string[], key: Buffer): string {
  return `${names.join(',')} ${keyType(key)} ${key.toString('base64')}`;
}

/** The key itself, out of a line such as `ssh-ed25519 AAAA comment`. */
export function keyBlob(publicKey: string): Buffer {
  return Buffer.from(publicKey.split(' ')[1] ?? '', 'base64');
}

/** The key type at the start of a public key's blob: a length (32 bits) and a name. */
export function keyType(key: Buffer): string {
  return key.toString('latin1', 4, 4 + key.readUInt32BE(0));
}

function readLine(line: string, number: number): KnownHost[] {
  const words = line.trim().split(/[ \t]+/);
  const marker = words[0]?.startsWith('@') === true ? words.shift() : undefined;
  const [names, type, key] = words;
  // Host certificates are not used with podbsd; a line for an authority says nothing about a plain key.
  if (marker !== undefined && marker !== '@revoked') return [];
  if (names === undefined || names.startsWith('#') || type === undefined || key === undefined) return [];
  return [{ line: number, revoked: marker !== undefined, matches: matcher(names), type, key }];
}

function matcher(names: string): (name: string) => boolean {
  const hashed = /^\|1\|([^|]+)\|([^|]+)$/.exec(names);
  if (hashed !== null) {
    const [, salt = '', hash = ''] = hashed;
    return (name) => createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest('base64') === hash;
  }
  const patterns = names.split(',').map((text) => ({
    negated: text.startsWith('!'),
    pattern: globPattern(text.replace(/^!/, '').toLowerCase()),
  }));
  return (name) => {
    const found = patterns.filter(({ pattern }) => pattern.test(name));
    return found.length > 0 && !found.some(({ negated }) => negated);
  };
}

/** `*` and `?` are the only wildcards of ssh_config(5); brackets are literal: they enclose a host with its port. */
function globPattern(glob: string): RegExp {
  const escaped = glob.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`);
}
