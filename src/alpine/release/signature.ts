import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { packageRoot } from '../../ground/assets.ts';
import { ExitCode, PodbsdError, messageOf } from '../../ground/errors.ts';

/** The key that signs Alpine's releases, and the fingerprint that it must have. */
export interface TrustedKey {
  readonly armored: string;
  readonly fingerprint: string;
}

/** Natanael Copa <ncopa@alpinelinux.org>, as on https://alpinelinux.org/downloads/ */
const ALPINE_FINGERPRINT = '0482d84022f52df1c4e7cd43293acd0907d9495a';

/** The key that comes with podbsd. It proves nothing by itself: the fingerprint is what is trusted. */
export async function alpineReleaseKey(): Promise<TrustedKey> {
  const armored = await readFile(join(packageRoot, 'image', 'alpine', 'ncopa.asc'), 'utf8');
  return { armored, fingerprint: ALPINE_FINGERPRINT };
}

/**
 * Checks a detached OpenPGP signature over a file. The file is read as a stream.
 * @throws PodbsdError with exit code `untrusted` unless the trusted key has signed exactly this file.
 */
export async function verifySignature(
  path: string,
  armoredSignature: string,
  key: TrustedKey,
): Promise<void> {
  // Loaded when it is used: most commands check no signature.
  const openpgp = await import('openpgp');
  try {
    const verificationKey = await openpgp.readKey({ armoredKey: key.armored });
    const actual = verificationKey.getFingerprint();
    if (actual !== key.fingerprint)
      throw new Error(`the key has the fingerprint ${actual}, expected ${key.fingerprint}`);
    const signature = await openpgp.readSignature({ armoredSignature });
    const content = Readable.toWeb(createReadStream(path)) as ReadableStream<Uint8Array>;
    const message = await openpgp.createMessage({ binary: content });
    const result = await openpgp.verify({
      message,
      signature,
      verificationKeys: verificationKey.toPublic(),
      format: 'binary',
    });
    await drain(result.data);
    const [only, ...more] = result.signatures;
    if (only === undefined || more.length > 0)
      throw new Error(`there are ${more.length} signatures instead of one`);
    await only.verified;
  } catch (error) {
    throw new PodbsdError({
      doing: `checking the OpenPGP signature of ${path}`,
      problem: `${messageOf(error)}\nOnly a signature of the key ${key.fingerprint.toUpperCase()} is accepted.`,
      remedy: 'do not use the file; try again, or take another `mirror` in the [alpine] table of podbsd.toml',
      exitCode: ExitCode.untrusted,
      cause: error,
    });
  }
}

/** The signature is judged once the message was read to its end. */
async function drain(stream: unknown): Promise<void> {
  const reader = (stream as ReadableStream<Uint8Array>).getReader();
  while (!(await reader.read()).done);
}
