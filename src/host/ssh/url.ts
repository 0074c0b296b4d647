import { ExitCode, PodbsdError } from '../../ground/errors.ts';

/** Where an SSH server listens and who logs in. */
export interface SshAddress {
  readonly user: string;
  /** A name or an address; IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
}

/** The user defaults to root, because what podbsd does on a builder needs root. */
export function parseSshUrl(text: string): SshAddress {
  const { user = 'root', host, port = 22 } = readSshUrl(text);
  return { user, host, port };
}

/**
 * Reads `ssh://[user@]host[:port]`, the form that podman, git and libvirt use too.
 *
 * Passwords and paths are refused rather than ignored: the first would end up in shell histories, the second would have
 * no effect.
 */
export function readSshUrl(text: string): Pick<SshAddress, 'host'> & Partial<SshAddress> {
  const refuse = (problem: string): PodbsdError =>
    new PodbsdError({
      doing: `reading the address ${JSON.stringify(text)}`,
      problem,
      remedy: 'write it as ssh://user@host or ssh://user@host:port',
      exitCode: ExitCode.usage,
    });
  if (!/^ssh:\/\//i.test(text)) throw refuse('it does not start with ssh://');
  if (!URL.canParse(text)) throw refuse('it is not a valid URL (a port is a number from 1 to 65535)');
  const url = new URL(text);
  if (url.password !== '') throw refuse('it holds a password; podbsd logs in with keys only');
  if (url.pathname !== '' && url.pathname !== '/') throw refuse(`it holds a path, ${url.pathname}`);
  if (url.search !== '' || url.hash !== '') throw refuse('nothing may follow the port');

  const user = url.username === '' ? undefined : decode(url.username, refuse);
  const host = decode(url.hostname.replace(/^\[(.*)\]$/, '$1'), refuse);
  const port = url.port === '' ? undefined : Number(url.port);
  if (user !== undefined && !/^[A-Za-z0-9_][A-Za-z0-9_.@$-]*$/.test(user))
    throw refuse(`${JSON.stringify(user)} is not a user name`);
  if (!/^[A-Za-z0-9_:][A-Za-z0-9_.:%-]*$/.test(host))
    throw refuse(`${JSON.stringify(host)} is not a host name`);
  if (port === 0) throw refuse('port 0 cannot be connected to');
  return { host, ...(user === undefined ? {} : { user }), ...(port === undefined ? {} : { port }) };
}

/** The shortest URL that names the same address; what messages show. */
export function formatSshUrl({ user, host, port }: SshAddress): string {
  const name = host.includes(':') ? `[${host}]` : host;
  return `ssh://${encodeURIComponent(user)}@${name}${port === 22 ? '' : `:${port}`}`;
}

function decode(part: string, refuse: (problem: string) => PodbsdError): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw refuse(`${JSON.stringify(part)} is not valid percent-encoding`);
  }
}
