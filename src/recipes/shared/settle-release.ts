import { readdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import * as z from 'zod';
import { knownReleases } from '../../config/known-releases.ts';
import type { LoadedConfig } from '../../config/load.ts';
import { openRelease, parseRelease, type Release } from '../../config/release.ts';
import { newestOf, newestOnSite } from '../../downloads/freebsd/newest.ts';
import { LISTING, imagePath, releasesIn, setsPath } from '../../downloads/freebsd/site.ts';
import { PodbsdError, messageOf } from '../../ground/errors.ts';
import { readText } from '../../ground/read-text.ts';
import { replaceFile } from '../../ground/replace-file.ts';
import { configuredRelease, releaseHasP9fs } from './release.ts';

/** What is needed to find out which release `newest` is. */
export interface Settling {
  readonly loaded: LoadedConfig;
  /** Whether FreeBSD is installed from its distribution sets, or an image of it is baked. */
  readonly from: 'sets' | 'image';
  /** Folder of what is downloaded, and file of what was found out last. */
  readonly downloads: string;
  readonly remembered: string;
  /** Whether the network may be asked. A plan, and a look at a build, take what is known. */
  readonly asks: boolean;
  readonly say: (text: string) => void;
  readonly signal: AbortSignal;
}

const rememberedSchema = z.object({ releases: z.array(z.string()) });

/**
 * The release that `[build] release` means today: where it leaves open which, the newest one that the download site has;
 * without the network the newest that is here, or known.
 */
export async function settleRelease(settling: Settling): Promise<string> {
  const { loaded, asks } = settling;
  const { release } = loaded.config.build;
  const open = openRelease(release);
  if (open === undefined) return release;
  const { directory } = loaded.config.download;
  if (directory !== undefined) {
    const folder = resolve(loaded.folder, directory);
    return (newestOf(await imagesIn(folder, settling), release) ?? (await lastKnown(settling))).name;
  }
  return asks ? await askSite(settling, open.major) : (await lastKnown(settling)).name;
}

async function askSite(settling: Settling, major: number | undefined): Promise<string> {
  const { loaded, from, remembered, say, signal } = settling;
  const { build, bake, download } = loaded.config;
  const kind = { architecture: build.architecture, filesystem: bake.filesystem };
  const file = (release: Release): string =>
    from === 'image' ? imagePath(release, kind) : `${setsPath(release, build.architecture)}/MANIFEST`;
  const { mirrors } = download;
  try {
    const serves = (release: Release): boolean => build.allow_missing_p9fs || releaseHasP9fs(release);
    const { release, mirror } = await newestOnSite({ mirrors, major, serves, file, signal });
    say(`FreeBSD ${release.name} is the newest that ${mirror} has`);
    const releases = [...new Set([release.name, ...(await recall(remembered))])];
    // Only a help for days without the network.
    await replaceFile(remembered, `${JSON.stringify({ releases })}\n`).catch(() => undefined);
    return release.name;
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof PodbsdError)) throw error;
    const here = newestOf(await imagesIn(settling.downloads, settling), build.release);
    const chosen = here ?? (await lastKnown(settling));
    const what = here === undefined ? 'the newest that this podbsd knows' : 'the newest that is here already';
    say(
      `which release is the newest could not be asked (${messageOf(error)}): FreeBSD ${chosen.name} is ${what}`,
    );
    return chosen.name;
  }
}

/** The newest that was found earlier, or that was there when podbsd was made. */
async function lastKnown({ loaded, remembered }: Settling): Promise<Release> {
  const { release } = loaded.config.build;
  const names = [...(await recall(remembered)), ...knownReleases().map(({ name }) => name)];
  const found = newestOf(names, release) ?? parseRelease(release);
  if (found === undefined) throw new Error(`${release} is no version of FreeBSD`);
  return found;
}

async function recall(file: string): Promise<readonly string[]> {
  try {
    return rememberedSchema.parse(JSON.parse((await readText(file)) ?? '{"releases":[]}')).releases;
  } catch {
    return [];
  }
}

/** The releases that a folder has: images by their names, or what a copy of a mirror has of them. */
async function imagesIn(folder: string, { loaded, from }: Settling): Promise<readonly string[]> {
  const { build, bake } = loaded.config;
  const kind = { architecture: build.architecture, filesystem: bake.filesystem };
  const copied = from === 'image' ? LISTING : dirname(setsPath(configuredRelease(build), build.architecture));
  const [names, copies] = await Promise.all([
    from === 'image' ? listed(folder) : [],
    listed(join(folder, copied)),
  ]);
  const inCopy = releasesIn(copies.map((name) => `href="${name}"`).join(' '));
  const found = names.flatMap((name) => {
    const [, version] = /^FreeBSD-(\d+\.\d+-RELEASE)-/.exec(name) ?? [];
    const release = version === undefined ? undefined : parseRelease(version);
    return release !== undefined && imagePath(release, kind).endsWith(`/${name}`) ? [release.name] : [];
  });
  return [...found, ...inCopy];
}

async function listed(folder: string): Promise<readonly string[]> {
  return await readdir(folder).catch(() => []);
}
