import { decodeBase64 } from './data-url.ts';
import { decodeUtf8 } from '../utf8.ts';

export interface SshKey {
  /** The line for authorized_keys. */
  readonly line: string;
  /** Type and key: two lines with the same identity let the same people in. */
  readonly identity: string;
}

const types =
  /^(?:ssh-(?:ed25519|rsa|dss)|ecdsa-sha2-nistp(?:256|384|521)|sk-(?:ssh-ed25519|ecdsa-sha2-nistp256)@openssh\.com)$/;

/** Options that only restrict. Those that run something or change the environment of what runs are not accepted. */
const harmlessOption =
  /^(?:restrict|pty|(?:no-)?(?:agent-forwarding|port-forwarding|pty|user-rc|X11-forwarding|touch-required)|verify-required|(?:from|expiry-time|permitopen|permitlisten)="[^"]*")$/i;

/** Reads one line of authorized_keys; answers why it cannot be used otherwise. */
export function parseSshKey(text: string): SshKey | { readonly problem: string } {
  const line = text.trim();
  if (/[\0-\x08\x0a-\x1f\x7f]/.test(line)) return { problem: 'a key is one line without control characters' };
  const [options, rest] = splitOptions(line);
  for (const option of options) {
    if (!harmlessOption.test(option))
      return { problem: `the option ${option.split('=')[0] ?? ''} is not accepted` };
  }
  const [type = '', key = ''] = rest.split(/[ \t]+/);
  if (!types.test(type)) return { problem: `${JSON.stringify(type.slice(0, 40))} is not a type of SSH key` };
  if (typeInside(key) !== type) return { problem: `the text after ${type} is not such a key` };
  return { line, identity: `${type} ${key}` };
}

/** Options stand before the type, separated by commas; quoted values may hold spaces and commas. */
function splitOptions(line: string): [options: string[], rest: string] {
  if (types.test(line.split(/[ \t]/)[0] ?? '')) return [[], line];
  const head = /^(?:[^\s"]|"(?:\\"|[^"])*")+/.exec(line)?.[0] ?? '';
  const options = head.match(/(?:[^,"]|"(?:\\"|[^"])*")+/g) ?? [];
  return [options, line.slice(head.length).trim()];
}

/** The blob of a key begins with the length and the name of its type. */
function typeInside(key: string): string | undefined {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(key)) return undefined;
  try {
    const blob = decodeBase64(key);
    const length = ((blob[2] ?? 0) << 8) | (blob[3] ?? 0);
    const isShort = blob[0] === 0 && blob[1] === 0 && blob.length > 4 + length;
    return isShort ? decodeUtf8(blob.subarray(4, 4 + length)) : undefined;
  } catch {
    return undefined;
  }
}
