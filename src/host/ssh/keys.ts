import { homedir } from 'node:os';
import { join } from 'node:path';
import type { AnyAuthMethod, ParsedKey } from 'ssh2';
import { ExitCode, PodbsdError } from '../../ground/errors.ts';
import { fileProblem } from '../../ground/file-problem.ts';
import { readRegular } from '../../ground/regular-file.ts';
import type { Identity, SshSettings } from './settings.ts';

/** The ways to log in, in the order in which they are tried, and what was left out. */
export interface Credentials {
  readonly methods: readonly AnyAuthMethod[];
  /** Each names what is offered, for the message after a refused login. */
  readonly offered: readonly string[];
  /** Default keys that exist but could not be used, with the reason. */
  readonly passedOver: readonly string[];
}

/** Collects agent and key files as ssh(1) does by default; an explicit identity is the only one that is offered. */
export async function findCredentials(settings: SshSettings): Promise<Credentials> {
  const username = settings.user;
  if (settings.identity !== undefined) {
    const key = await readIdentity(settings.identity);
    return {
      methods: [{ type: 'publickey', username, key }],
      offered: [nameOf(settings.identity)],
      passedOver: [],
    };
  }
  const offers: { readonly method: AnyAuthMethod; readonly name: string }[] = [];
  const passedOver: string[] = [];
  const agent = settings.agent ?? process.env['SSH_AUTH_SOCK'] ?? '';
  if (agent !== false && agent !== '')
    offers.push({ method: { type: 'agent', username, agent }, name: `the keys of the agent at ${agent}` });
  const usual = ['id_ed25519', 'id_ecdsa', 'id_rsa'].map((name) => join(homedir(), '.ssh', name));
  for (const file of settings.identityFiles ?? usual) {
    const text = await readRegular(file).catch(() => undefined);
    if (text === undefined && settings.identityFiles === undefined) continue;
    const key = text === undefined ? new Error('it cannot be read') : await parse(text);
    if (key instanceof Error) passedOver.push(`${file}: ${key.message}`);
    else offers.push({ method: { type: 'publickey', username, key }, name: file });
  }
  const keys = offers.filter(({ method }) => method.type === 'publickey');
  const made = settings.onlyIdentityFiles === true && keys.length > 0 ? keys : offers;
  return { methods: made.map(({ method }) => method), offered: made.map(({ name }) => name), passedOver };
}

async function readIdentity(identity: Identity): Promise<ParsedKey> {
  const doing = `reading the SSH key ${nameOf(identity)}`;
  const text =
    'text' in identity ? identity.text : await readRegular(identity.file).catch((error: unknown) => error);
  if (typeof text !== 'string' && !Buffer.isBuffer(text)) {
    throw new PodbsdError({
      doing,
      problem: fileProblem(text),
      remedy: 'name a private key that this user may read with --identity',
      exitCode: ExitCode.host,
      cause: text,
    });
  }
  const key = await parse(text);
  if (key instanceof Error) {
    const remedy = /passphrase|encrypted/i.test(key.message)
      ? 'load the key into ssh-agent with ssh-add and leave the key option out'
      : 'name the private key, not the .pub file';
    throw new PodbsdError({ doing, problem: key.message, remedy, exitCode: ExitCode.host });
  }
  return key;
}

async function parse(text: string | Buffer): Promise<ParsedKey | Error> {
  const { default: ssh2 } = await import('ssh2');
  // Wrongly typed by @types/ssh2: the text of some formats gives a list of keys.
  const parsed = ssh2.utils.parseKey(text) as ParsedKey | Error | ParsedKey[];
  const key = Array.isArray(parsed) ? parsed[0] : parsed;
  if (key === undefined) return new Error('it holds no key');
  if (key instanceof Error) return key;
  return key.isPrivateKey() ? key : new Error('it holds a public key');
}

function nameOf(identity: Identity): string {
  return 'file' in identity ? identity.file : 'given as text';
}
