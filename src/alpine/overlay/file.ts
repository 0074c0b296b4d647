import { createReadStream, createWriteStream } from 'node:fs';
import { chmod, chown, mkdtemp, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { readText } from '../../ground/read-text.ts';
import { temporaryName } from '../../ground/temporary-name.ts';
import { bundleFiles } from '../bundle-files.ts';
import { fatOffset } from '../media/locate.ts';
import { copyFromMedia, replaceOverlay } from '../media/media.ts';
import { CHUNK, type OverlayArchive } from './archive.ts';
import { checkOverlay } from './check.ts';
import type { CheckOptions, OverlayProblem } from './problem.ts';
import { withOverlayLock } from './lock.ts';
import { compressors, rewritten, type OverlayPlan } from './rewrite.ts';
import { scanOverlay, type OverlayMember } from './scan.ts';

/** An overlay in a file: an archive, or a disk image that contains one. */
export interface OverlayFile {
  readonly archive: OverlayArchive;
  readonly members: readonly OverlayMember[];
  readonly problems: readonly OverlayProblem[];
  /** What is known of the guest's disk. */
  readonly options: CheckOptions;
}

/** Opens `NAME.apkovl.tar.gz` or the disk image of a guest; the content tells which one it is. */
export async function withOverlay<T>(
  path: string,
  given: CheckOptions,
  use: (overlay: OverlayFile) => Promise<T>,
): Promise<T> {
  const options = { readonlyDisk: given.readonlyDisk ?? (await diskIsReadonly(path)) };
  if ((await fatOffset(path)) === undefined) return await use(await look(path, path, options));
  const folder = await mkdtemp(join(tmpdir(), 'podbsd-alpine-'));
  try {
    const copy = join(folder, 'overlay');
    const name = await copyFromMedia(path, copy);
    const overlay = await look(copy, path, options);
    return await use({ ...overlay, problems: [...overlay.problems, ...misnamed(name, overlay.members)] });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Changes an overlay in place. Concurrent changes wait for each other.
 * @param plan decides what to change; undefined leaves everything as it is.
 */
export async function editOverlay(
  path: string,
  given: CheckOptions,
  plan: (overlay: OverlayFile) => OverlayPlan | undefined,
): Promise<void> {
  // Checked before locking, so that no lock is left beside a file that is not there.
  await fatOffset(path);
  const place = await realpath(path);
  await withOverlayLock(place, () =>
    withOverlay(path, given, async (overlay) => {
      const change = plan(overlay);
      if (change === undefined) return;
      if ((await fatOffset(place)) === undefined) await replaceFile(place, overlay.archive, change);
      else await replaceOnMedia(place, overlay.archive, change);
    }),
  );
}

async function look(file: string, label: string, options: CheckOptions): Promise<OverlayFile> {
  const archive = { label, bytes: () => createReadStream(file, { highWaterMark: CHUNK }) };
  const members = await scanOverlay(archive);
  return { archive, members, problems: checkOverlay(members, options), options };
}

/** Written to a temporary file and renamed; owner and permissions are kept. */
async function replaceFile(path: string, archive: OverlayArchive, plan: OverlayPlan): Promise<void> {
  const { mode, uid, gid } = await stat(path);
  const temporary = temporaryName(path);
  try {
    await writeArchive(temporary, archive, plan);
    await chmod(temporary, mode & 0o7777);
    // Only root can change the owner of a file, and only root may replace files of other users.
    if (process.getuid?.() === 0) await chown(temporary, uid, gid);
    await rename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
}

async function replaceOnMedia(image: string, archive: OverlayArchive, plan: OverlayPlan): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'podbsd-alpine-'));
  try {
    const file = join(folder, 'overlay');
    await writeArchive(file, archive, plan);
    await replaceOverlay(image, file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function writeArchive(path: string, archive: OverlayArchive, plan: OverlayPlan): Promise<void> {
  const output = createWriteStream(path, { flags: 'wx', mode: 0o600 });
  await pipeline(Readable.from(rewritten(archive, plan)), ...compressors(), output);
  const file = await open(path);
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** What `create` has written beside its files, or `install` below them, says whether the guest may write its disk. */
async function diskIsReadonly(path: string): Promise<boolean> {
  for (const folder of [dirname(path), join(dirname(path), 'podbsd')]) {
    const text = await readText(join(folder, bundleFiles.guest)).catch(() => undefined);
    if (text === undefined) continue;
    const { guestSchema } = await import('../bundle.ts');
    try {
      return guestSchema.safeParse(JSON.parse(text)).data?.overlayReadonly ?? false;
    } catch {
      return false;
    }
  }
  return false;
}

/** `lbu commit` writes HOSTNAME.apkovl.tar.gz, and refuses when it would be the second overlay on the disk. */
function misnamed(name: string, members: readonly OverlayMember[]): OverlayProblem[] {
  const hostname =
    members
      .findLast(({ path }) => path === 'etc/hostname')
      ?.content.toString()
      .trim() ?? '';
  if (hostname === '' || name === `${hostname}.apkovl.tar.gz`) return [];
  const problem = `calls the guest ${hostname}, but the overlay on the disk is named ${name}: lbu commit refuses`;
  return [{ severity: 'warning', path: 'etc/hostname', problem }];
}
