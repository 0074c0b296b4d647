import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ExitCode, PodbsdError, messageOf } from '../../ground/errors.ts';
import { readRegular } from '../../ground/regular-file.ts';
import { runProgram } from '../../host/run-program.ts';

export interface SignOptions {
  readonly file: string;
  /** Secret key file: minisign's, or OpenPGP's (armored or binary). */
  readonly key: string;
  /** Of the key, when it has one. */
  readonly passphrase?: string | undefined;
  /** Signed by minisign together with the file, e.g. the image's name. */
  readonly comment: string;
}

/** What a secret key file is. */
export type KeyKind = 'minisign' | 'openpgp';

/** What a signature's name ends with: minisign's, and OpenPGP's. */
export const signatureSuffixes = ['.minisig', '.asc'] as const;
export type SignatureSuffix = (typeof signatureSuffixes)[number];

/**
 * Signs a test text: a wrong passphrase or a missing program should be found before an image is converted for minutes.
 * @throws PodbsdError when the key cannot be read or used.
 */
export async function trySigning(options: Omit<SignOptions, 'file' | 'comment'>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'podbsd-sign-'));
  try {
    const file = join(folder, 'trial');
    await writeFile(file, '');
    await signFile({ ...options, file, comment: 'trial' });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Makes a detached signature beside a file.
 * @returns the suffix of the signature's name: `.minisig`, or `.asc` for OpenPGP.
 * @throws PodbsdError when the key cannot be read or used.
 */
export async function signFile(options: SignOptions): Promise<SignatureSuffix> {
  try {
    const key = await readRegular(options.key);
    if (keyKind(key) === 'minisign') {
      await signWithMinisign(options);
      return '.minisig';
    }
    await signWithOpenpgp(options, key);
    return '.asc';
  } catch (error) {
    throw new PodbsdError({
      doing: `signing with ${options.key}`,
      problem: messageOf(error),
      remedy:
        'name a minisign or OpenPGP secret key file; its passphrase, if any, is read from PODBSD_SIGNING_PASSPHRASE',
      exitCode: ExitCode.host,
      cause: error,
    });
  }
}

/** minisign's keys begin with an untrusted comment; everything else is treated as OpenPGP, which checks it. */
export function keyKind(key: Buffer): KeyKind {
  return key.toString('latin1', 0, 18) === 'untrusted comment:' ? 'minisign' : 'openpgp';
}

async function signWithMinisign(options: SignOptions): Promise<void> {
  const { file, key, comment, passphrase } = options;
  const argv = ['minisign', '-S', '-s', key, '-m', file, '-x', `${file}.minisig`, '-t', comment] as const;
  // Without a passphrase minisign would ask the terminal; from a closed standard input it fails instead.
  await runProgram(argv, { input: `${passphrase ?? ''}\n` });
}

async function signWithOpenpgp(options: SignOptions, key: Buffer): Promise<void> {
  const openpgp = await import('openpgp');
  const armored = key.includes('-----BEGIN PGP PRIVATE KEY BLOCK-----');
  const locked = armored
    ? await openpgp.readPrivateKey({ armoredKey: key.toString() })
    : await openpgp.readPrivateKey({ binaryKey: key });
  const { passphrase } = options;
  if (!locked.isDecrypted() && passphrase === undefined) throw new Error('the key has a passphrase');
  const signingKeys = locked.isDecrypted()
    ? locked
    : await openpgp.decryptKey({ privateKey: locked, passphrase: passphrase ?? '' });
  const message = await openpgp.createMessage({ binary: await readFile(options.file) });
  // Its type mentions the browser's streams, which do not exist here; an armored signature is a string.
  const signature: unknown = await openpgp.sign({ message, signingKeys, detached: true, format: 'armored' });
  await writeFile(`${options.file}.asc`, String(signature));
}
