import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Host } from '../../host/host.ts';
import { bundleFiles, guestSchema } from '../bundle.ts';
import { fatOffset } from '../media/locate.ts';
import { overlayOnMedia, readOverlayFromMedia, replaceOverlay } from '../media/media.ts';
import type { CheckOptions, OverlayProblem } from './check.ts';
import type { OverlayEntry } from './entry.ts';
import { importOverlay, type ImportedOverlay } from './import.ts';
import { packOverlay } from './pack.ts';

/** An overlay where people have it: an archive, or a disk image with one in it. */
export interface OverlayFile {
  readonly overlay: ImportedOverlay;
  /** What is known of the guest's disk. */
  readonly options: CheckOptions;
  /** Packs these entries and puts them in the place of what is there. */
  save(entries: readonly OverlayEntry[]): Promise<void>;
}

/** Opens `NAME.apkovl.tar.gz` or the disk image of a guest; which one it is shows its content. */
export async function openOverlay(host: Host, path: string, given: CheckOptions = {}): Promise<OverlayFile> {
  const offset = await fatOffset(path);
  const options = { readonlyDisk: given.readonlyDisk ?? (await diskIsReadonly(host, path)) };
  if (offset !== undefined) {
    const name = await overlayOnMedia(host, path);
    const overlay = await importOverlay(await readOverlayFromMedia(host, path), path, options);
    return {
      overlay: { ...overlay, problems: [...overlay.problems, ...misnamed(name, overlay.entries)] },
      options,
      save: async (entries) => await replaceOverlay(host, path, packOverlay(entries)),
    };
  }
  return {
    overlay: await importOverlay(await readFile(path), path, options),
    options,
    save: async (entries) => {
      const { mode = 0o600 } = (await host.stat(path)) ?? {};
      await host.writeFile(path, packOverlay(entries), { mode });
    },
  };
}

/** What `create` has written beside its files, or `install` below them, says whether the guest may write its disk. */
async function diskIsReadonly(host: Host, path: string): Promise<boolean> {
  for (const folder of [dirname(path), join(dirname(path), 'podbsd')]) {
    const text = await host.readText(join(folder, bundleFiles.guest)).catch(() => undefined);
    if (text === undefined) continue;
    try {
      return guestSchema.safeParse(JSON.parse(text)).data?.overlayReadonly ?? false;
    } catch {
      return false;
    }
  }
  return false;
}

/** `lbu commit` writes HOSTNAME.apkovl.tar.gz, and refuses when it would be the second overlay on the disk. */
function misnamed(name: string, entries: readonly OverlayEntry[]): OverlayProblem[] {
  const entry = entries.find(({ path }) => path === 'etc/hostname');
  const hostname = entry?.type === 'file' ? Buffer.from(entry.content).toString().trim() : '';
  if (hostname === '' || name === `${hostname}.apkovl.tar.gz`) return [];
  const problem = `calls the guest ${hostname}, but the overlay on the disk is named ${name}: lbu commit refuses`;
  return [{ severity: 'warning', path: 'etc/hostname', problem }];
}
