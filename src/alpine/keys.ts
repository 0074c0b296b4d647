import { basename, join } from 'node:path';
import { ExitCode, PodbsdError } from '../ground/errors.ts';
import type { Host } from '../host/host.ts';
import { generateKeyPair, type SshKeyPair } from '../host/ssh/key-pair.ts';

/**
 * The key pair in PATH and PATH.pub. When there is none yet, one is made in `madeIn`, from where it is moved there later.
 * The keys are the only random part of a guest; because they are kept, making it again gives the same bytes.
 */
export async function keepKeyPair(
  host: Host,
  path: string,
  madeIn: string,
  comment: string,
): Promise<SshKeyPair> {
  const privateKey = await host.readText(path);
  if (privateKey !== undefined)
    return { privateKey, publicKey: await publicKeyOf(privateKey, path, comment) };
  const made = await generateKeyPair(comment);
  const pair = { privateKey: made.privateKey, publicKey: await publicKeyOf(made.privateKey, path, comment) };
  const newPath = join(madeIn, basename(path));
  await host.writeFile(newPath, ensureNewline(pair.privateKey), { mode: 0o600 });
  await host.writeFile(`${newPath}.pub`, `${pair.publicKey}\n`);
  return { ...pair, privateKey: ensureNewline(pair.privateKey) };
}

/** `ssh-ed25519 AAAA... comment` of a private key file. */
async function publicKeyOf(privateKey: string, path: string, comment: string): Promise<string> {
  const { default: ssh2 } = await import('ssh2');
  const key = ssh2.utils.parseKey(privateKey);
  if (key instanceof Error || key.type !== 'ssh-ed25519')
    throw new PodbsdError({
      doing: `reading the SSH key ${path}`,
      problem: key instanceof Error ? key.message : `it is of type ${key.type}, not ssh-ed25519`,
      remedy: `move ${path} away; a new key is made then, and the guest has to be installed again`,
      exitCode: ExitCode.data,
    });
  return `${key.type} ${key.getPublicSSH().toString('base64')} ${comment}`;
}

function ensureNewline(text: string): string {
  return text.endsWith('\n') ? text : `${text}\n`;
}
