import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { formatManifest, MANIFEST_NAME, parseManifest, type Manifest } from '../disk/describe/manifest.ts';
import { dataFolder } from '../ground/data-folder.ts';
import { readRegular } from '../ground/regular-file.ts';
import { ExitCode, PodbsdError } from '../ground/errors.ts';
import { exists } from '../ground/exists.ts';
import type { Environment } from '../ground/xdg.ts';
import type { Architecture } from '../vm/architecture.ts';

/** An image that podbsd keeps: the folder of an export. */
export interface StoredImage {
  /** The name of its folder, and its name on the command line. */
  readonly name: string;
  readonly dir: string;
  readonly manifest: Manifest;
  readonly made: Date;
}

/** Which image to use; the newest of those that match. */
export interface Wanted {
  readonly architecture: Architecture;
  /** FreeBSD's, as far as it was given: `15.1` is also `15.1-RELEASE-p2`. */
  readonly release?: string | undefined;
}

/** Folder of all images. Names that begin with a dot are images that are still being made. */
export function imageStore(env: Environment = process.env, platform = process.platform): string {
  return join(dataFolder(env, platform), 'images');
}

/** What is downloaded for images: verified files under their own names, and parts of such. */
export function downloadsFolder(store = imageStore()): string {
  return join(store, '.downloads');
}

/** All images, the newest first. A folder that holds no readable manifest is reported to `onDamaged` and left out. */
export async function listImages(
  store: string,
  onDamaged: (error: PodbsdError) => void = () => undefined,
): Promise<StoredImage[]> {
  const names = (await exists(store)) ? await readdir(store) : [];
  const images: StoredImage[] = [];
  for (const name of names.filter((one) => !one.startsWith('.')))
    try {
      const image = await readImage(store, name);
      if (image !== undefined) images.push(image);
    } catch (error) {
      if (!(error instanceof PodbsdError)) throw error;
      onDamaged(error);
    }
  return images.sort((a, b) => b.made.getTime() - a.made.getTime());
}

/** The newest image that matches; undefined when there is none. */
export async function newestImage(store: string, wanted: Wanted): Promise<StoredImage | undefined> {
  return (await listImages(store)).find(
    ({ manifest }) =>
      manifest.architecture === wanted.architecture &&
      (wanted.release === undefined || isRelease(manifest.freebsd?.version ?? '', wanted.release)),
  );
}

/** @throws PodbsdError when the store has no image of this name. */
export async function findStored(store: string, name: string): Promise<StoredImage> {
  const image = /^[A-Za-z0-9]/.test(name) && !name.includes('/') ? await readImage(store, name) : undefined;
  if (image !== undefined) return image;
  throw new PodbsdError({
    doing: `looking for the image ${name}`,
    problem: 'there is none of this name',
    remedy: 'podbsd image list shows all',
    exitCode: ExitCode.failed,
  });
}

/** The lock of whoever makes an image or cleans up. */
export function storeLock(store: string): string {
  return join(store, '.lock');
}

/** The image of the store that this export is already: everything in its description is the same. */
export async function sameImage(store: string, dir: string): Promise<StoredImage | undefined> {
  const text = formatManifest(await readManifest(dir));
  return (await listImages(store)).find(({ manifest }) => formatManifest(manifest) === text);
}

/** Adds a finished export, which lies in a folder of the store, to the store. One that is there already is dropped. */
export async function adoptImage(store: string, made: string): Promise<StoredImage> {
  const same = await sameImage(store, made);
  if (same !== undefined) {
    await rm(made, { recursive: true, force: true });
    return same;
  }
  const manifest = await readManifest(made);
  const { mtime } = await stat(join(made, MANIFEST_NAME));
  const stamp = mtime.toISOString().replaceAll(/[-:]|\.\d+Z/g, '');
  const name = `${manifest.name}-${stamp}`;
  await mkdir(store, { recursive: true });
  await rename(made, join(store, name));
  return await findStored(store, name);
}

/** Bytes of its files. */
export function imageBytes({ manifest }: StoredImage): number {
  return manifest.files.reduce((sum, { size }) => sum + size, 0);
}

/** Whether a version is that release: `15.1` stands for all its patch levels, `15` for all of 15. */
function isRelease(version: string, release: string): boolean {
  return version === release || (version.startsWith(release) && /^[-.]/.test(version.slice(release.length)));
}

async function readImage(store: string, name: string): Promise<StoredImage | undefined> {
  const dir = join(store, name);
  const file = join(dir, MANIFEST_NAME);
  if (!(await exists(file))) return undefined;
  return { name, dir, manifest: await readManifest(dir), made: (await stat(file)).mtime };
}

async function readManifest(dir: string): Promise<Manifest> {
  const file = join(dir, MANIFEST_NAME);
  return parseManifest((await readRegular(file)).toString(), file);
}
