import { createHash } from 'node:crypto';
import type { ServerHostKeyAlgorithm } from 'ssh2';
import { ExitCode, PodbsdError, errnoOf } from '../../ground/errors.ts';
import { fileProblem } from '../../ground/file-problem.ts';
import { readText } from '../../ground/read-text.ts';
import { KnownHosts, keyType, knownHostsLine, knownHostsName } from './known-hosts.ts';
import type { SshSettings } from './settings.ts';
import { formatSshUrl } from './url.ts';
import { appendLine, defaultKnownHostsFiles } from './user-known-hosts.ts';

/** Verifies the key that a server presents. */
export interface HostKeyPolicy {
  /** Signature algorithms in the order of preference: those of the keys that we know first. */
  readonly algorithms: ServerHostKeyAlgorithm[];
  /** Undefined when the key is right, else the error that says why it is not. */
  check(key: Buffer): Promise<PodbsdError | undefined>;
}

/** The policy for a server: pinned keys if there are any, else known_hosts. */
export async function hostKeyPolicy(settings: SshSettings): Promise<HostKeyPolicy> {
  return settings.hostKeys === undefined
    ? await knownHostsPolicy(settings)
    : pinnedPolicy(settings, settings.hostKeys);
}

function pinnedPolicy(settings: SshSettings, hostKeys: readonly string[]): HostKeyPolicy {
  const blobs = hostKeys.map((line) => line.trim().split(/\s+/)[1] ?? '');
  return {
    algorithms: preferred(hostKeys.map((line) => line.trim().split(/\s+/)[0] ?? '')),
    check: async (key) =>
      blobs.includes(key.toString('base64'))
        ? undefined
        : refusal(settings, `the server's host key ${fingerprint(key)} is not the one that was expected`),
  };
}

async function knownHostsPolicy(settings: SshSettings): Promise<HostKeyPolicy> {
  const files = settings.knownHostsFiles ?? defaultKnownHostsFiles();
  const known = new KnownHosts((await Promise.all(files.map(readIfThere))).join('\n'));
  const { hostKeyAlias } = settings;
  const [host, port] = hostKeyAlias === undefined ? [settings.host, settings.port] : [hostKeyAlias, 22];
  const name = knownHostsName(host, port);
  const own = files[0];
  const check = async (key: Buffer): Promise<PodbsdError | undefined> => {
    const verdict = known.checkServer(host, port, key);
    switch (verdict) {
      case 'known':
        return undefined;
      case 'revoked':
        return refusal(
          settings,
          `the server's host key ${fingerprint(key)} is marked as revoked in known_hosts`,
        );
      case 'changed':
        return refusal(
          settings,
          `the server presents the host key ${fingerprint(key)}, but known_hosts lists another one for ${name}; ` +
            'either the server was reinstalled, or somebody is intercepting the connection',
          `find out which; if the new key is right: ssh-keygen -R '${name}'`,
        );
      case 'unknown':
        if (settings.acceptNewHostKey === true) {
          if (own !== undefined) await remember(own, knownHostsLine([name], key), settings);
          return undefined;
        }
        return refusal(
          settings,
          `the server's host key ${fingerprint(key)} is not known yet`,
          `compare it with the output of \`ssh-keygen -lf /etc/ssh/ssh_host_${shortType(key)}_key.pub\` on the ` +
            `server, then log in once with ssh or pass --accept-new-host-key`,
        );
    }
  };
  return { algorithms: preferred(known.serverKeyTypes(host, port)), check };
}

/** As `ssh-keygen -l` prints it. */
function fingerprint(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')} (${keyType(key)})`;
}

function shortType(key: Buffer): string {
  return /^(?:ssh-)?([a-z]+[0-9]*)/.exec(keyType(key))?.[1] ?? 'ed25519';
}

function refusal(settings: SshSettings, problem: string, remedy?: string): PodbsdError {
  return new PodbsdError({
    doing: `connecting to ${formatSshUrl(settings)}`,
    problem,
    ...(remedy === undefined ? {} : { remedy }),
    exitCode: ExitCode.untrusted,
  });
}

const supported: readonly ServerHostKeyAlgorithm[] = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
];

function preferred(types: readonly string[]): ServerHostKeyAlgorithm[] {
  const isKnown = (algorithm: string): boolean =>
    types.includes(algorithm.startsWith('rsa-') ? 'ssh-rsa' : algorithm);
  return [...supported.filter(isKnown), ...supported.filter((algorithm) => !isKnown(algorithm))];
}

/** An accepted key stays accepted even when it cannot be saved. */
async function remember(file: string, line: string, { onNotice }: SshSettings): Promise<void> {
  try {
    await appendLine(file, line);
  } catch (error) {
    onNotice?.(`${file} cannot be written (${fileProblem(error)}); the line that belongs there:\n${line}`);
  }
}

/** Where there is a directory in the file's place, no key is listed either. */
async function readIfThere(file: string): Promise<string> {
  try {
    return (await readText(file)) ?? '';
  } catch (error) {
    if (errnoOf(error) === 'EISDIR') return '';
    throw error;
  }
}
