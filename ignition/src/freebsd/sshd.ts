import type { System } from '../system/system.ts';

/**
 * Why sshd would not let this user in with this public key, or undefined when it would. The private key is on the host:
 * the server says whether it accepts a key before the client has to prove that it has it.
 */
export function whyNoLogin(system: System, user: string, publicKeyFile: string): string | undefined {
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
    '-i',
    publicKeyFile,
    '-l',
    user,
    '127.0.0.1',
    'true',
  ];
  const { err } = system.run(argv as [string, ...string[]]);
  if (/^debug1: Server accepts key:/m.test(err)) return undefined;
  if (/^debug1: Remote protocol version /m.test(err)) return `sshd does not accept the key of ${user}`;
  return 'sshd does not answer';
}
