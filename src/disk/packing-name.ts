import type { Packing } from './identify.ts';

const suffixes: Readonly<Record<string, Packing>> = { xz: 'xz', zst: 'zstd', gz: 'gzip', bz2: 'bzip2' };
const packed = new RegExp(`\\.(${Object.keys(suffixes).join('|')})$`, 'i');

/** How a file is packed, as its name says; for a file that is not there yet. */
export function packingByName(name: string): Packing | undefined {
  return suffixes[packed.exec(name)?.[1]?.toLowerCase() ?? ''];
}

/** The name of what is in a packed file. */
export function unpackedName(name: string): string {
  return name.replace(packed, '');
}
