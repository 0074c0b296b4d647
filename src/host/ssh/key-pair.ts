/** An ed25519 key pair in OpenSSH's own formats. */
export interface SshKeyPair {
  /** The text of a private key file, without passphrase. */
  readonly privateKey: string;
  /** The line of a .pub file, without newline. */
  readonly publicKey: string;
}

/**
 * Makes a key pair. ssh2 1.17 strips leading zero bytes from the public key, so that about one pair in 256 is malformed
 * (OpenSSH: "error in libcrypto"); such a pair is thrown away.
 */
export async function generateKeyPair(comment = ''): Promise<SshKeyPair> {
  const { default: ssh2 } = await import('ssh2');
  for (;;) {
    const pair = ssh2.utils.generateKeyPairSync('ed25519', { comment });
    if (!(ssh2.utils.parseKey(pair.private) instanceof Error)) {
      return { privateKey: pair.private, publicKey: pair.public };
    }
  }
}
