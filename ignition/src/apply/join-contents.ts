import type { Content } from '../system/system.ts';
import { encodeUtf8, joinBytes } from '../utf8.ts';

/** Contents one after the other. */
export function joinContents(parts: readonly Content[]): Content {
  if (parts.every((part) => typeof part === 'string')) return parts.join('');
  return joinBytes(parts.map((part) => (typeof part === 'string' ? encodeUtf8(part) : part)));
}
