import type { System } from '../system/system.ts';
import type { Login } from './login-keys.ts';

/** sshd hangs up after six keys that it does not take (MaxAuthTries), and ssh offers none first. */
const keysAtOnce = 5;

/**
 * Why sshd would not let this user in with any of these public keys, or undefined when it would. The private keys are on
 * the host: the server says whether it accepts a key before the client has to prove that it has it. Without a key to
 * offer it is enough that sshd answers.
 */
export function whyNoLogin(system: System, { user, keyFiles }: Login): string | undefined {
  if (keyFiles.length === 0) return offer(system, user, []) === 'silence' ? silence : undefined;
  for (let first = 0; first < keyFiles.length; first += keysAtOnce) {
    const answer = offer(system, user, keyFiles.slice(first, first + keysAtOnce));
    if (answer === 'accepted') return undefined;
    if (answer === 'silence') return silence;
  }
  return `sshd does not accept the key of ${user}`;
}

const silence = 'sshd does not answer';

function offer(
  system: System,
  user: string,
  keyFiles: readonly string[],
): 'accepted' | 'refused' | 'silence' {
  const options = [
    'BatchMode=yes',
    'ConnectTimeout=15',
    'IdentitiesOnly=yes',
    // Several times faster than the first choice, which an emulated guest notices; the others stay for other servers.
    'KexAlgorithms=^curve25519-sha256',
    'PreferredAuthentications=publickey',
    'StrictHostKeyChecking=no',
    'UserKnownHostsFile=/dev/null',
  ].flatMap((option) => ['-o', option]);
  const argv = [
    '/usr/bin/ssh',
    '-v',
    '-F',
    '/dev/null',
    ...options,
    ...keyFiles.flatMap((file) => ['-i', file]),
    '-l',
    user,
    '127.0.0.1',
    'true',
  ];
  const { err } = system.run(argv as [string, ...string[]]);
  if (/^debug1: Server accepts key:/m.test(err)) return 'accepted';
  return /^debug1: Remote protocol version /m.test(err) ? 'refused' : 'silence';
}
