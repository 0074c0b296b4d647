import { writeFile } from 'node:fs/promises';
import { generateKeyPair as generateSshKeyPair, type SshKeyPair } from '../host/ssh/key-pair.ts';

export type KeyPair = SshKeyPair;

/** A new ed25519 key pair, the kind that podman makes for its machines. */
export async function generateKeyPair(comment: string): Promise<KeyPair> {
  return await generateSshKeyPair(comment);
}

/** Writes `PATH` (mode 0600: ssh refuses keys that others can read) and `PATH.pub`. Never replaces a key. */
export async function writeKeyPair(path: string, pair: KeyPair): Promise<void> {
  await writeFile(path, pair.privateKey, { mode: 0o600, flag: 'wx' });
  await writeFile(`${path}.pub`, `${pair.publicKey}\n`, { mode: 0o644, flag: 'wx' });
}
