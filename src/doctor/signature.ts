import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { verifySignature } from '../alpine/release/signature.ts';
import { PodbsdError } from '../ground/errors.ts';
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
    if ((await stat(signature).catch(() => undefined)) === undefined) continue;
    if (publicKey === undefined)
      return warning(
        `${basename(signature)} is there, but without a public key it proves nothing`,
        'podbsd doctor IMAGE --public-key FILE',
      );
    return await judge(file, signature, publicKey);
  }
  return publicKey === undefined
    ? skipped(`${basename(file)} is not signed`)
    : problem(`${basename(file)} is not signed`, 'get the signature from where the image came from');
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
  const armored = await readFile(key, 'utf8');
  const fingerprint = (await readKey({ armoredKey: armored })).getFingerprint();
  try {
    await verifySignature(file, await readFile(signature, 'utf8'), { armored, fingerprint });
    return ok(`signed with ${fingerprint.toUpperCase()}`);
  } catch (error) {
    if (!(error instanceof PodbsdError)) throw error;
    return notSigned(file, key);
  }
}

function notSigned(file: string, key: string): Verdict {
  return problem(`${basename(file)} was not signed with ${key}`, 'do not use the image; get it again');
}
