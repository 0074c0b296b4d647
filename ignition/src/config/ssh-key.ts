import { decodeBase64 } from './data-url.ts';
import { decodeUtf8 } from '../utf8.ts';

export interface SshKey {
  /** The line for authorized_keys. */
  readonly line: string;
  /** Type and key: two lines with the same identity let the same people in. */
  readonly identity: string;
}

/** The types of keys, and of how many parts each is made: RFC 4253, 5656 and 8709, and OpenSSH's PROTOCOL.u2f. */
const types: ReadonlyMap<string, number> = new Map([
  ['ssh-ed25519', 2],
  ['ssh-rsa', 3],
  ['ssh-dss', 5],
  ['ecdsa-sha2-nistp256', 3],
  ['ecdsa-sha2-nistp384', 3],
  ['ecdsa-sha2-nistp521', 3],
  ['sk-ssh-ed25519@openssh.com', 3],
  ['sk-ecdsa-sha2-nistp256@openssh.com', 4],
]);

/** Options that only restrict. Those that run something or change the environment of what runs are not accepted. */
const harmlessOption =
  /^(?:restrict|pty|(?:no-)?(?:agent-forwarding|port-forwarding|pty|user-rc|X11-forwarding|touch-required)|verify-required|(?:from|expiry-time|permitopen|permitlisten)="[^"]*")$/i;

/**
 * The keys of one entry of a config. People put whole files there, as sshd reads them: several lines, ended by whatever
 * their editor uses, with comments and blank lines, which are no keys.
 */
export function keyLines(entry: string): string[] {
  return entry
    .split(/\r\n|\r|\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
}

/** Reads one line of authorized_keys; answers why it cannot be used otherwise. */
export function parseSshKey(text: string): SshKey | { readonly problem: string } {
  const line = text.trim();
  if (/[\0-\x08\x0a-\x1f\x7f]/.test(line)) return { problem: 'a key is one line without control characters' };
  const { options, type, key } = partsOfLine(line);
  for (const option of options) {
    if (!harmlessOption.test(option))
      return { problem: `the option ${option.split('=')[0] ?? ''} is not accepted` };
  }
  if (!types.has(type)) return { problem: `${JSON.stringify(type.slice(0, 40))} is not a type of SSH key` };
  if (!isWhole(key, type)) return { problem: `the text after ${type} is not such a key` };
  return { line, identity: `${type} ${key}` };
}

/**
 * Whom a line of authorized_keys lets in, whatever its options: undefined for comments and for authorities, which let in
 * others than the owner of the key.
 */
export function identityOf(line: string): string | undefined {
  const { options, type, key } = partsOfLine(line.trim());
  const isLogin = types.has(type) && !options.some((option) => option.toLowerCase() === 'cert-authority');
  return isLogin ? `${type} ${key}` : undefined;
}

function partsOfLine(line: string): { options: string[]; type: string; key: string } {
  const [options, rest] = splitOptions(line);
  const [type = '', key = ''] = rest.split(/[ \t]+/);
  return { options, type, key };
}

/** Options stand before the type, separated by commas; quoted values may hold spaces and commas. */
function splitOptions(line: string): [options: string[], rest: string] {
  if (types.has(line.split(/[ \t]/)[0] ?? '')) return [[], line];
  const head = /^(?:[^\s"]|"(?:\\"|[^"])*")+/.exec(line)?.[0] ?? '';
  const rest = line.slice(head.length).trim();
  if (rest === '') return [[], line];
  return [head.match(/(?:[^,"]|"(?:\\"|[^"])*")+/g) ?? [], rest];
}

/** Whether the base64 text is a key of this type from end to end: parts with their lengths, the first is the type. */
function isWhole(key: string, type: string): boolean {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(key)) return false;
  try {
    const parts = partsOf(decodeBase64(key));
    const [first, second] = parts;
    if (first === undefined || decodeUtf8(first) !== type || parts.length !== types.get(type)) return false;
    return !type.includes('ed25519') || second?.length === 32;
  } catch {
    return false;
  }
}

/** The parts of a blob; none when one of them is cut off. */
function partsOf(blob: Uint8Array): Uint8Array[] {
  const parts: Uint8Array[] = [];
  for (let start = 0; start < blob.length;) {
    const length = blob.subarray(start, start + 4).reduce((sum, byte) => sum * 256 + byte, 0);
    const end = start + 4 + length;
    if (end > blob.length) return [];
    parts.push(blob.subarray(start + 4, end));
    start = end;
  }
  return parts;
}
