import type { Content } from '../system/system.ts';
import { encodeUtf8 } from '../utf8.ts';

/** Contents one after the other. */
export function joinContents(parts: readonly Content[]): Content {
  if (parts.every((part) => typeof part === 'string')) return parts.join('');
  const bytes = parts.map((part) => (typeof part === 'string' ? encodeUtf8(part) : part));
  const whole = new Uint8Array(bytes.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of bytes) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
