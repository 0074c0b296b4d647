import { constants } from 'node:fs';
import { chmod, copyFile, link, lstat, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { makeStageFolder } from '../../ground/stage-folder.ts';
import { ExitCode, PodbsdError, errnoOf, messageOf } from '../../ground/errors.ts';
import { requireAll } from '../../ground/lack/lack.ts';
import { lackOfWriting } from '../../ground/lack/writing.ts';
import { hashFile, type HashOptions } from '../hash.ts';
import { podmanArchitecture } from './artifacts.ts';
import { doing, planLayout, type PlannedDisk } from './plan.ts';
import { artifactIndex, diskManifest, emptyConfig, layoutIndex, type Document } from './documents.ts';

export interface OciOptions {
  /** Folders of exports, each with its manifest.json; one for each architecture. */
  readonly dirs: readonly string[];
  /** Folder of the layout; must not exist yet. */
  readonly layout: string;
  /** Names of the one image. */
  readonly tags: readonly string[];
  /** Bytes of the disks that were hashed again, and of all of them. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface OciResult {
  /** Digest of the index, as a registry will know it. */
  readonly digest: string;
  readonly disks: readonly {
    readonly architecture: string;
    readonly diskType: string;
    readonly title: string;
    readonly size: number;
  }[];
}

/**
 * Writes an OCI image layout (https://specs.opencontainers.org/image-spec/image-layout) that any registry client can
 * push: one index with a disk for each hypervisor. Files of the same file system are linked, not copied. The layout
 * appears only when it is complete and every disk in it was hashed again.
 */
export async function writeLayout(options: OciOptions): Promise<OciResult> {
  try {
    return await makeLayout(options);
  } catch (error) {
    options.signal?.throwIfAborted();
    throw layoutFailure(error, options.layout);
  }
}

/** Turns an error of the system into one for the user. */
function layoutFailure(error: unknown, layout: string): unknown {
  const code = errnoOf(error);
  if (error instanceof PodbsdError || code === undefined) return error;
  const full = code === 'ENOSPC' || code === 'EDQUOT';
  return new PodbsdError({
    doing,
    problem: full ? `there is no space left for ${layout}` : messageOf(error),
    remedy: full ? 'free some space, or choose another folder' : `check that ${layout} can be written`,
    exitCode: full ? ExitCode.diskFull : ExitCode.host,
    cause: error,
  });
}

async function makeLayout(options: OciOptions): Promise<OciResult> {
  const planned = await planLayout(options.dirs);
  await expectPlace(options.layout);
  const parent = dirname(resolve(options.layout));
  await mkdir(parent, { recursive: true });
  const folder = await makeStageFolder(parent, '.podbsd-oci-');
  try {
    const index = await fill(folder, planned, options);
    // mkdtemp makes folders for their owner alone.
    await chmod(folder, 0o755);
    await rename(folder, options.layout);
    return {
      digest: index.descriptor.digest,
      disks: planned.map(({ manifest, artifact: { diskType, title, size } }) => ({
        architecture: podmanArchitecture[manifest.architecture],
        diskType,
        title,
        size,
      })),
    };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

async function fill(
  folder: string,
  planned: readonly PlannedDisk[],
  { tags, signal, onProgress }: OciOptions,
): Promise<Document> {
  const blobs = join(folder, 'blobs', 'sha256');
  await mkdir(blobs, { recursive: true });
  const put = (one: Document): Promise<void> =>
    writeFile(join(blobs, one.descriptor.digest.slice('sha256:'.length)), one.bytes);

  const total = planned.reduce((sum, { artifact }) => sum + artifact.size, 0);
  let done = 0;
  const onBytes = (count: number): void => onProgress?.((done += count), total);
  for (const { dir, artifact } of planned) {
    const blob = join(blobs, artifact.sha256);
    await linkOrCopy(join(dir, artifact.file), blob);
    await expectHash(blob, join(dir, artifact.file), artifact.sha256, { signal, onBytes });
  }
  const disks = planned.map((disk) => ({ ...disk, document: diskManifest(disk.artifact) }));
  const index = artifactIndex(disks);
  for (const one of [emptyConfig, index, ...disks.map(({ document }) => document)]) await put(one);
  await writeFile(join(folder, 'index.json'), layoutIndex(index, tags));
  await writeFile(join(folder, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
  return index;
}

async function linkOrCopy(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    // Blobs are named by their contents: two exports share one.
    if (errnoOf(error) === 'EEXIST') return;
    if (errnoOf(error) === 'ENOENT')
      throw new PodbsdError({
        doing,
        problem: `${from} is missing`,
        remedy: 'export the image again',
        exitCode: ExitCode.data,
        cause: error,
      });
    if (!['EXDEV', 'EPERM', 'ENOTSUP', 'EMLINK'].includes(errnoOf(error) ?? '')) throw error;
    await copyFile(from, to, constants.COPYFILE_FICLONE);
  }
}

async function expectHash(blob: string, file: string, sha256: string, options: HashOptions): Promise<void> {
  const found = await hashFile(blob, options);
  if (found.sha256 === sha256) return;
  throw new PodbsdError({
    doing,
    problem: `${file} is not the file that was exported (SHA-256 ${found.sha256}, expected ${sha256})`,
    remedy: 'export the image again',
    exitCode: ExitCode.untrusted,
  });
}

/** @throws PodbsdError when there is something already, or nothing can be made there. */
export async function expectPlace(layout: string): Promise<void> {
  await expectFree(layout);
  requireAll(doing, [await lackOfWriting(dirname(resolve(layout)))]);
}

async function expectFree(layout: string): Promise<void> {
  // A dangling link is in the way as well.
  const found = await lstat(layout).catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (found === undefined) return;
  throw new PodbsdError({
    doing,
    problem: `${layout} exists already`,
    remedy: 'name a folder that does not exist, or remove it first',
    exitCode: ExitCode.usage,
  });
}
