import { basename } from 'node:path';
import { verifySignature } from '../alpine/release/signature.ts';
import { PodbsdError } from '../ground/errors.ts';
import { exists } from '../ground/exists.ts';
import { fileProblem } from '../ground/file-problem.ts';
import { readRegular } from '../ground/regular-file.ts';
import { CommandError } from '../host/command-error.ts';
import { runProgram } from '../host/run-program.ts';
import { ok, problem, skipped, warning, type Verdict } from './check.ts';

/** Judges the detached signature beside a file, which `podbsd export --sign` makes. */
export async function judgeSignature(file: string, publicKey: string | undefined): Promise<Verdict> {
  const kinds = [
    [`${file}.minisig`, judgeMinisign],
    [`${file}.asc`, judgeOpenpgp],
  ] as const;
  for (const [signature, judge] of kinds) {
    if (!(await exists(signature))) continue;
    if (publicKey === undefined)
      return warning(
        `${basename(signature)} is there, but without a public key it proves nothing`,
        'podbsd doctor IMAGE --public-key FILE',
      );
    return (await unreadable(signature, publicKey)) ?? (await judge(file, signature, publicKey));
  }
  const missing = publicKey === undefined ? undefined : await unreadable(publicKey);
  if (missing !== undefined) return missing;
  return publicKey === undefined
    ? skipped(`${basename(file)} is not signed`)
    : problem(`${basename(file)} is not signed`, 'get the signature from where the image came from');
}

/** What is not there, or cannot be read, says nothing about whom to trust. */
async function unreadable(...paths: readonly string[]): Promise<Verdict | undefined> {
  for (const path of paths) {
    const why = await readRegular(path).then(() => undefined, fileProblem);
    if (why !== undefined)
      return problem(`${path} cannot be read: ${why}`, `check the path and the rights of ${path}`);
  }
  return undefined;
}

async function judgeMinisign(file: string, signature: string, key: string): Promise<Verdict> {
  try {
    await runProgram(['minisign', '-V', '-q', '-p', key, '-m', file, '-x', signature]);
    return ok(`signed with ${key}`);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return error.failure.kind === 'no-program'
      ? skipped('minisign is not installed, so the signature could not be checked')
      : notSigned(file, key);
  }
}

async function judgeOpenpgp(file: string, signature: string, key: string): Promise<Verdict> {
  const { readKey } = await import('openpgp');
  const armored = (await readRegular(key)).toString();
  const read = await readKey({ armoredKey: armored }).catch(() => undefined);
  if (read === undefined)
    return problem(
      `${key} is not an OpenPGP public key in ASCII armor`,
      'name the public key of who made the image: gpg --armor --export',
    );
  const fingerprint = read.getFingerprint();
  try {
    await verifySignature(file, (await readRegular(signature)).toString(), { armored, fingerprint });
    return ok(`signed with ${fingerprint.toUpperCase()}`);
  } catch (error) {
    if (!(error instanceof PodbsdError)) throw error;
    return notSigned(file, key);
  }
}

function notSigned(file: string, key: string): Verdict {
  return problem(`${basename(file)} was not signed with ${key}`, 'do not use the image; get it again');
}
