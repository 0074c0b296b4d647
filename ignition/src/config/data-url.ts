/** Why a source cannot be used. */
export class SourceError extends Error {}

/**
 * The contents of a `data:` URL (RFC 2397), as text where they are UTF-8: percent-escaped, or base64 with or without parameters before `;base64`.
 * podman writes `data:,` and Go's URL path escaping, in which `+` is a plus sign.
 */
export function decodeDataUrl(url: string): string | Uint8Array {
  const comma = url.indexOf(',');
  if (comma < 0) throw new SourceError('the data: URL has no comma');
  const isBase64 = /;\s*base64$/i.test(url.slice(0, comma));
  if (isBase64) return decodeBase64(unescapeText(url.slice(comma + 1)));
  try {
    // A hundred times faster than our own loop; what it cannot decode is not UTF-8, or broken.
    return decodeURIComponent(url.slice(comma + 1));
  } catch {
    return unescapePercent(url, comma + 1);
  }
}

/** Of base64: everything that means something there is ASCII. */
function unescapeText(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new SourceError('the data: URL has a broken % escape');
  }
}

function unescapePercent(text: string, start: number): Uint8Array {
  const bytes = new Uint8Array((text.length - start) * 3);
  let length = 0;
  for (let index = start; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === 0x25) {
      const high = hexDigit(text.charCodeAt(index + 1));
      const low = hexDigit(text.charCodeAt(index + 2));
      if (high < 0 || low < 0)
        throw new SourceError(`the data: URL has a broken % escape at character ${index}`);
      bytes[length++] = high * 16 + low;
      index += 2;
    } else if (code < 0x80) {
      bytes[length++] = code;
    } else {
      throw new SourceError(`the data: URL has a character at ${index} that must be escaped`);
    }
  }
  return bytes.slice(0, length);
}

function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

const base64Values = base64Table();

function base64Table(): Uint8Array {
  const table = new Uint8Array(128);
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  for (let value = 0; value < 64; value++) table[alphabet.charCodeAt(value)] = value;
  // The alphabet of URLs (RFC 4648, section 5).
  table[0x2d] = 62;
  table[0x5f] = 63;
  return table;
}

/** Decodes base64; white space is skipped, missing padding is allowed. */
export function decodeBase64(text: string): Uint8Array {
  // The engine checks and cleans megabytes in a moment, so that the loop has nothing to do but to decode.
  const packed = /\s/.test(text) ? text.replaceAll(/\s+/g, '') : text;
  const digits = packed.replace(/={1,2}$/, '');
  if (!/^[A-Za-z0-9+/_-]*$/.test(digits)) throw new SourceError('the base64 text is broken');
  const left = digits.length % 4;
  if (left === 1) throw new SourceError('the base64 text is cut off');
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
