import { open, readFile } from 'node:fs/promises';
import { ExitCode, PodbsdError, errnoOf } from '../../errors.ts';
import type { Host } from '../../host/host.ts';
import { readOverlayFromMedia, replaceOverlay } from '../media/media.ts';
import type { OverlayEntry } from './entry.ts';
import { importOverlay, type ImportedOverlay } from './import.ts';
import { packOverlay } from './pack.ts';

/** An overlay where people have it: an archive, or a disk image with one in it. */
export interface OverlayFile {
  readonly overlay: ImportedOverlay;
  /** Packs these entries and puts them in the place of what is there. */
  save(entries: readonly OverlayEntry[]): Promise<void>;
}

/** Opens `NAME.apkovl.tar.gz` or the disk image of a guest; which one it is shows its content. */
export async function openOverlay(host: Host, path: string): Promise<OverlayFile> {
  if (await isDisk(path)) {
    const archive = await readOverlayFromMedia(host, path);
    return {
      overlay: await importOverlay(archive, path),
      save: async (entries) => await replaceOverlay(host, path, packOverlay(entries)),
    };
  }
  return {
    overlay: await importOverlay(await readFile(path), path),
    save: async (entries) => {
      const { mode = 0o600 } = (await host.stat(path)) ?? {};
      await host.writeFile(path, packOverlay(entries), { mode });
    },
  };
}

/** A disk begins with a boot sector: 0x55 0xaa at its end. A gzip file of 512 bytes or more has none. */
async function isDisk(path: string): Promise<boolean> {
  const file = await open(path).catch((error: unknown) => {
    if (errnoOf(error) !== 'ENOENT') throw error;
    throw new PodbsdError({
      doing: `reading the overlay ${path}`,
      problem: 'there is no such file',
      exitCode: ExitCode.usage,
      cause: error,
    });
  });
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(512), 0, 512, 0);
    return bytesRead === 512 && buffer.readUInt16LE(0) !== 0x8b1f && buffer.readUInt16LE(510) === 0xaa55;
  } finally {
    await file.close();
  }
}
