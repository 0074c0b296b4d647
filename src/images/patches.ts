import { join } from 'node:path';
import * as z from 'zod';
import type { DownloadConfig } from '../config/download.ts';
import { hasEnded } from '../config/known-releases.ts';
import { newestPatch } from '../downloads/freebsd/patches.ts';
import { readText } from '../ground/read-text.ts';
import { replaceFile } from '../ground/replace-file.ts';
import { versionParts } from './freebsd-version.ts';
import type { StoredImage } from './store.ts';

/** Milliseconds for the answer: nothing waits long for it, and without it what was known last counts. */
const LIMIT = 3000;

const rememberedSchema = z.record(z.string(), z.object({ patch: z.int(), ends: z.number() }));
type Patch = z.infer<typeof rememberedSchema>[string];

/**
 * The newest patch of a release; without the network, or with a forged answer, the one that was known last. Undefined
 * when nothing is known.
 */
export async function currentPatch(
  store: string,
  download: DownloadConfig,
  release: string,
  architecture: 'amd64' | 'arm64',
  signal?: AbortSignal,
): Promise<Patch | undefined> {
  const file = join(store, '.patches.json');
  const remembered = await recall(file);
  const key = `${release}/${architecture}`;
  try {
    const { patch, ends } = await newestPatch(download, release, architecture, { limitMs: LIMIT, signal });
    // An old answer, played back, is signed as well.
    const newer = { patch: Math.max(patch, remembered[key]?.patch ?? 0), ends };
    if (newer.patch !== remembered[key]?.patch || ends !== remembered[key].ends)
      await replaceFile(file, `${JSON.stringify({ ...remembered, [key]: newer })}\n`).catch(() => undefined);
    return newer;
  } catch {
    signal?.throwIfAborted();
    return remembered[key];
  }
}

/** What to know about the age of an image, and the command that renews it; undefined when it is up to date. */
export async function ageNote(
  store: string,
  { name, manifest }: StoredImage,
  download: DownloadConfig,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const version = manifest.freebsd?.version;
  const { release, patch } = versionParts(version);
  if (release === undefined || patch === undefined) return undefined;
  const newest = await currentPatch(store, download, release, manifest.architecture, signal);
  if (hasEnded(release) || (newest !== undefined && newest.ends < Date.now()))
    return `the image ${name} has FreeBSD ${version}, whose support has ended; podbsd image build makes one of the newest release`;
  if (newest === undefined || newest.patch <= patch) return undefined;
  const short = release.replace('-RELEASE', '');
  const command =
    manifest.origin?.recipe === 'poudriere'
      ? `podbsd build-image --release ${short} --from jail`
      : `podbsd image build --release ${short} --update`;
  return `the image ${name} has FreeBSD ${version}, and ${release}-p${newest.patch} is the newest; to renew it: ${command}`;
}

async function recall(file: string): Promise<Readonly<Record<string, Patch>>> {
  try {
    return rememberedSchema.parse(JSON.parse((await readText(file)) ?? '{}'));
  } catch {
    return {};
  }
}
