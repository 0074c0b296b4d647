import { writeFile } from 'node:fs/promises';
import ssh2 from 'ssh2';

export interface KeyPair {
  /** OpenSSH's private key format. */
  readonly privateKey: string;
  /** One line of authorized_keys. */
  readonly publicKey: string;
}

/** A new ed25519 key pair, the kind that podman makes for its machines. */
export function generateKeyPair(comment: string): KeyPair {
  const pair = ssh2.utils.generateKeyPairSync('ed25519', { comment });
  return { privateKey: pair.private, publicKey: pair.public };
}

/** Writes `PATH` (mode 0600: ssh refuses keys that others can read) and `PATH.pub`. Never replaces a key. */
export async function writeKeyPair(path: string, pair: KeyPair): Promise<void> {
  await writeFile(path, pair.privateKey, { mode: 0o600, flag: 'wx' });
  await writeFile(`${path}.pub`, `${pair.publicKey}\n`, { mode: 0o644, flag: 'wx' });
}
