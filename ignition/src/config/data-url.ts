/** Why a source cannot be used. */
export class SourceError extends Error {}

/**
 * The contents of a `data:` URL (RFC 2397), as text where they are UTF-8: percent-escaped, or base64 with or without parameters before `;base64`.
 * podman writes `data:,` and Go's URL path escaping, in which `+` is a plus sign.
 */
export function decodeDataUrl(url: string): string | Uint8Array {
  const comma = url.indexOf(',');
  if (comma < 0) throw new SourceError('the data: URL has no comma');
  if (/;\s*base64$/i.test(url.slice(0, comma))) return decodeBase64(unescapePercent(url, comma + 1));
  try {
    // A hundred times faster than our own loop; what it cannot decode is not UTF-8, or broken.
    return decodeURIComponent(url.slice(comma + 1));
  } catch {
    return unescapePercent(url, comma + 1);
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

const notBase64 = 255;
const base64Values = base64Table();

function base64Table(): Uint8Array {
  const table = new Uint8Array(256).fill(notBase64);
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  for (let value = 0; value < 64; value++) table[alphabet.charCodeAt(value)] = value;
  // The alphabet of URLs (RFC 4648, section 5).
  table[0x2d] = 62;
  table[0x5f] = 63;
  return table;
}

/** Decodes base64 given as ASCII; white space is skipped, missing padding is allowed. */
export function decodeBase64(text: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(Math.ceil((text.length * 3) / 4));
  let length = 0;
  let bits = 0;
  let held = 0;
  let padding = 0;
  for (const code of text) {
    if (code === 0x20 || (code >= 0x09 && code <= 0x0d)) continue;
    if (code === 0x3d) {
      padding++;
      continue;
    }
    const value = base64Values[code] ?? notBase64;
    if (value === notBase64 || padding > 0) throw new SourceError('the base64 text is broken');
    held = ((held << 6) | value) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[length++] = (held >> bits) & 0xff;
    }
  }
  if (bits >= 6 || padding > 2) throw new SourceError('the base64 text is cut off');
  return bytes.slice(0, length);
}
