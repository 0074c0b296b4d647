import type { Client } from 'ssh2';
import { ExitCode, PodbsdError, messageOf } from '../../ground/errors.ts';
import { hostKeyPolicy } from './host-key.ts';
import { findCredentials, type Credentials } from './keys.ts';
import type { SshSettings } from './settings.ts';
import { formatSshUrl } from './url.ts';

/** The connection broke while something was running. The next call reconnects. */
export class ConnectionLostError extends PodbsdError {
  /** True when it is certain that nothing had reached the server. */
  readonly nothingDone: boolean;

  constructor(
    settings: SshSettings,
    during: string,
    more: { readonly remedy?: string; readonly nothingDone?: boolean } = {},
  ) {
    super({
      doing: during,
      problem: `the connection to ${formatSshUrl(settings)} was lost`,
      remedy: more.remedy ?? 'check the network and run the same command again: it goes on where it stopped',
      exitCode: ExitCode.network,
    });
    this.name = 'ConnectionLostError';
    this.nothingDone = more.nothingDone ?? false;
  }
}

/** Opens a connection and logs in. Every failure says whether network, host key or login is the cause. */
export async function openConnection(settings: SshSettings): Promise<Client> {
  const [policy, credentials] = await Promise.all([hostKeyPolicy(settings), findCredentials(settings)]);
  if (credentials.methods.length === 0) throw loginRefused(settings, credentials);
  const { default: ssh2 } = await import('ssh2');
  let refused: PodbsdError | undefined;
  const client = new ssh2.Client();
  return await new Promise<Client>((resolve, reject) => {
    client.once('ready', () => {
      client.removeAllListeners('error');
      // Errors of an open connection always end it; all code listens to 'close'.
      client.on('error', () => undefined);
      resolve(client);
    });
    client.on('error', (error) => {
      client.destroy();
      reject(refused ?? connectError(settings, credentials, error));
    });
    client.once('close', () => reject(refused ?? connectError(settings, credentials, 'the server hung up')));
    client.connect({
      host: settings.host,
      port: settings.port,
      username: settings.user,
      authHandler: [...credentials.methods],
      algorithms: { serverHostKey: policy.algorithms },
      readyTimeout: settings.connectTimeoutMs ?? 20_000,
      keepaliveInterval: settings.keepAliveMs ?? 15_000,
      keepaliveCountMax: 3,
      hostVerifier: (key: Buffer, verify: (valid: boolean) => void) => {
        policy.check(key).then(
          (problem) => {
            refused = problem;
            verify(problem === undefined);
          },
          (error: unknown) => {
            refused = connectError(settings, credentials, error);
            verify(false);
          },
        );
      },
    });
  });
}

function connectError(settings: SshSettings, credentials: Credentials, error: unknown): PodbsdError {
  const { level } = error as { level?: string };
  if (level === 'client-authentication') return loginRefused(settings, credentials);
  return new PodbsdError({
    doing: `connecting to ${formatSshUrl(settings)}`,
    problem: messageOf(error),
    remedy: `check that an SSH server answers on port ${settings.port} of ${settings.host}`,
    exitCode: ExitCode.network,
    cause: error,
  });
}

function loginRefused(settings: SshSettings, { offered, passedOver }: Credentials): PodbsdError {
  const tried = offered.length === 0 ? 'there is no key to log in with' : `refused: ${offered.join(', ')}`;
  const unused = passedOver.map((line) => `not usable: ${line}`);
  return new PodbsdError({
    doing: `logging in to ${formatSshUrl(settings)}`,
    problem: [tried, ...unused].join('\n'),
    remedy: 'add your public key to ~/.ssh/authorized_keys on the server, or load the right key with ssh-add',
    exitCode: ExitCode.host,
  });
}
