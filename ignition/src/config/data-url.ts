/** Why a source cannot be used. */
export class SourceError extends Error {}

const token = "[\\w!#$%&'*+.^`{|}~-]+";
const mediaType = `(?:[xX]-${token}|(?:text|image|audio|video|application|message|multipart)(?:${token})?)/${token}`;
const parameter = `;${token}=(?:${token}|"(?:[^"\\\\]|\\\\.)*")`;
const head = new RegExp(`^data:(?:${mediaType})?(?:${parameter})*(;base64)?,`);

/** A `data:` URL in its two parts. */
export interface DataUrl {
  readonly isBase64: boolean;
  /** Still encoded. Of base64 only the length is checked: decoding finds what is wrong in it. */
  readonly data: string;
}

/**
 * Takes a `data:` URL (RFC 2397) apart. As strict as Ignition: what has to be escaped in a URL must be, and base64 is
 * padded and of the usual alphabet.
 */
export function readDataUrl(url: string): DataUrl {
  // Only the head is matched, for speed; it is never this long.
  const found = head.exec(url.slice(0, 1024));
  if (found === null) throw new SourceError('it is not a data: URL: data:[TYPE/SUBTYPE][;base64],DATA');
  const isBase64 = found[1] !== undefined;
  const data = url.slice(found[0].length);
  if (isBase64 && data.length % 4 !== 0) throw new SourceError('the base64 text is broken or cut off');
  if (!isBase64) checkCharacters(data);
  return { isBase64, data };
}

/** Looking for the first wrong character takes twice as long as finding that all are right. */
function checkCharacters(data: string): void {
  if (/^[!$-;=?-Z_a-z~]*$/.test(data)) return;
  const place = data.search(/[^!$-;=?-Z_a-z~]/);
  throw new SourceError(`the data: URL has a character at ${place} that must be escaped`);
}

/** What a `data:` URL holds, as text where that is UTF-8. podman writes Go's URL path escaping: `+` is a plus sign. */
export function decodeDataUrl(url: string): string | Uint8Array {
  const { isBase64, data } = readDataUrl(url);
  return isBase64 ? decodeBase64(data) : decodeEscapes(data);
}

/** Data of which `readDataUrl` has found that it is not base64. Throws a SourceError when an escape is broken. */
export function decodeEscapes(data: string): string | Uint8Array {
  try {
    // A hundred times faster than a loop of our own; what it cannot decode is not UTF-8.
    return decodeURIComponent(data);
  } catch {
    const broken = data.search(/%(?![0-9A-Fa-f]{2})/);
    if (broken >= 0) throw new SourceError(`the data: URL has a broken % escape at character ${broken}`);
    // The one function that every engine has to turn escapes into bytes.
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- no other does, and QuickJS keeps it
    const characters = unescape(data);
    const bytes = new Uint8Array(characters.length);
    for (let index = 0; index < bytes.length; index++) bytes[index] = characters.charCodeAt(index);
    return bytes;
  }
}

const base64Values = base64Table();

function base64Table(): Uint8Array {
  const table = new Uint8Array(128);
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  for (let value = 0; value < 64; value++) table[alphabet.charCodeAt(value)] = value;
  return table;
}

/** Decodes base64, padded or not. For megabytes a program of the system is many times faster. */
export function decodeBase64(text: string): Uint8Array {
  const digits = text.replace(/={1,2}$/, '');
  if (!/^[A-Za-z0-9+/]*$/.test(digits)) throw new SourceError('the base64 text is broken');
  if (digits.length % 4 === 1) throw new SourceError('the base64 text is cut off');
  const length = Math.floor((digits.length * 3) / 4);
  const bytes = new Uint8Array(length + 2);
  const valueAt = (index: number): number => base64Values[digits.charCodeAt(index)] ?? 0;
  let end = 0;
  for (let index = 0; index < digits.length; index += 4) {
    // Beyond the end charCodeAt answers NaN, which has no value: zero bits.
    const bits =
      (valueAt(index) << 18) | (valueAt(index + 1) << 12) | (valueAt(index + 2) << 6) | valueAt(index + 3);
    bytes[end++] = bits >> 16;
    bytes[end++] = (bits >> 8) & 0xff;
    bytes[end++] = bits & 0xff;
  }
  return bytes.slice(0, length);
}
