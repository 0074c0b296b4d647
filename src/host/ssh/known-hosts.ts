import { createHmac } from 'node:crypto';

/** One line of a known_hosts file (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"). */
interface KnownHost {
  readonly revoked: boolean;
  readonly matches: (name: string) => boolean;
  readonly type: string;
  /** The public key as it stands in the file, base64. */
  readonly key: string;
}

/** What known_hosts says about a key that a server has shown. */
export type Verdict = 'known' | 'unknown' | 'changed' | 'revoked';

/** The name under which known_hosts lists a server: `host`, or `[host]:port` where the port is not 22. */
export function knownHostsName(host: string, port: number): string {
  const name = host.toLowerCase();
  return port === 22 ? name : `[${name}]:${port}`;
}

/** The contents of one or more known_hosts files. Lines that cannot be read are passed over, as ssh(1) does. */
export class KnownHosts {
  readonly #hosts: readonly KnownHost[];

  constructor(text: string) {
    this.#hosts = text.split('\n').flatMap(readLine);
  }

  /**
   * A host that is listed with other keys only counts as changed, even when the type of key differs: a server that
   * suddenly offers nothing but an unknown type is what an impostor looks like.
   */
  check(name: string, key: Buffer): Verdict {
    const text = key.toString('base64');
    const same = this.#hosts.filter((host) => host.key === text);
    if (same.some((host) => host.revoked && host.matches(name))) return 'revoked';
    if (same.some((host) => !host.revoked && host.matches(name))) return 'known';
    return this.keyTypes(name).length > 0 ? 'changed' : 'unknown';
  }

  /** Types of the keys listed for a host. The client must ask for these, or the server shows another key. */
  keyTypes(name: string): string[] {
    return this.#hosts.filter((host) => !host.revoked && host.matches(name)).map((host) => host.type);
  }
}

/** The line that makes a host known. */
export function knownHostsLine(name: string, key: Buffer): string {
  return `${name} ${keyType(key)} ${key.toString('base64')}\n`;
}

/** The type that stands in front of a public key's blob: a length (32 bits) and a name. */
export function keyType(key: Buffer): string {
  return key.toString('latin1', 4, 4 + key.readUInt32BE(0));
}

function readLine(line: string): KnownHost[] {
  const words = line.trim().split(/[ \t]+/);
  const marker = words[0]?.startsWith('@') === true ? words.shift() : undefined;
  const [names, type, key] = words;
  // Host certificates are not used with podbsd; a line for an authority says nothing about a plain key.
  if (marker !== undefined && marker !== '@revoked') return [];
  if (names === undefined || names.startsWith('#') || type === undefined || key === undefined) return [];
  return [{ revoked: marker !== undefined, matches: matcher(names), type, key }];
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
