import { createHash } from 'node:crypto';
import { fingerprint } from '../../pipeline/fingerprint.ts';
import type { Json } from '../../pipeline/stage.ts';

/**
 * A line for Makefile.local, which bsd.port.mk reads. Poudriere rebuilds a port when its version changes and looks at
 * nothing else, so the revision is a number that follows from the content.
 * @param inputs everything that the port is made from.
 */
export function portRevision(inputs: Json): string {
  const digest = createHash('sha256').update(fingerprint(inputs)).digest();
  return `PORTREVISION=\t${(digest.readUInt32BE() % 900_000) + 100_000}\n`;
}
