import type { BlockSource } from './block-source.ts';
import { FileSource } from './file-source.ts';
import { identify, type FileKind, type IdentifiedDisk } from './identify.ts';
import { PrefixSource } from './prefix-source.ts';
import { Qcow2Source } from './qcow2/reader.ts';

/** A file was read, but podbsd itself cannot read the disk in it. */
export class UnreadableDisk extends Error {
  /** What the file is. */
  readonly kind: FileKind;

  constructor(kind: FileKind, problem: string) {
    super(problem);
    this.kind = kind;
  }
}

/**
 * Opens the disk inside a file in the formats that podbsd reads itself: raw, fixed VHD, plain qcow2.
 * @throws UnreadableDisk for all others, and for what is no disk.
 */
export async function openDisk(path: string): Promise<BlockSource> {
  const file = await FileSource.open(path);
  try {
    const kind = await identify(file);
    if (kind.kind !== 'disk') throw new UnreadableDisk(kind, `it is ${describeKind(kind)}`);
    return await openIdentified(file, kind);
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function openIdentified(file: FileSource, kind: IdentifiedDisk): Promise<BlockSource> {
  if (kind.plainBytes === file.size) return file;
  if (kind.plainBytes !== undefined) return new PrefixSource(file, kind.plainBytes);
  if (kind.format !== 'qcow2') throw new UnreadableDisk(kind, `podbsd itself does not read ${kind.format}`);
  return await Qcow2Source.open(file).catch((error: unknown) => {
    throw new UnreadableDisk(kind, error instanceof Error ? error.message : String(error));
  });
}

/** What a file is, for messages that begin with "it is". */
export function describeKind(kind: FileKind): string {
  if (kind.kind === 'disk') return `a disk image (${kind.format})`;
  return kind.kind === 'packed' ? `packed with ${kind.packing}` : kind.what;
}
