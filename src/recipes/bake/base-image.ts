import { resolve } from 'node:path';
import type { Config } from '../../config/schema.ts';
import { knownSum } from '../../downloads/freebsd/known-sums.ts';
import { archivePath, imagePath, imageWords } from '../../downloads/freebsd/site.ts';
import { configuredRelease } from '../shared/release.ts';

/** An image that FreeBSD, or somebody else, has published. */
export interface PublishedImage {
  readonly kind: 'download';
  /** Where it is, in the order to try. */
  readonly urls: readonly [string, ...string[]];
  /** Where it is when no mirror has it any more. */
  readonly archived: string | undefined;
  /** Its path on a mirror: in a folder that is used instead it may be there, or lie there by its name. */
  readonly path: string;
  /** The last part of the path. */
  readonly name: string;
  /** A folder with images that is used instead of the network. */
  readonly directory: string | undefined;
  /** Undefined when it has to be asked from the server. */
  readonly sha256: string | undefined;
  /** FreeBSD replaces it every week under the same name. */
  readonly changes: boolean;
}

/** The image that is baked: a file of the user's, or one to download. */
export type BaseImage = { readonly kind: 'file'; readonly path: string } | PublishedImage;

/** Which base image the command line and the configuration ask for. */
export function chooseBaseImage(
  { build, bake, download }: Config,
  configFolder: string,
  commandLine: string | undefined,
): BaseImage {
  if (commandLine !== undefined) return { kind: 'file', path: commandLine };
  if (bake.base_image !== undefined) return { kind: 'file', path: resolve(configFolder, bake.base_image) };
  const release = configuredRelease(build);
  const kind = { architecture: build.architecture, filesystem: bake.filesystem };
  const path = imagePath(release, kind);
  const old = archivePath(path);
  const words: Readonly<Record<string, string>> = imageWords(release, kind);
  const own = bake.url?.replace(/\{(\w+)\}/g, (found, word: string) => words[word] ?? found);
  const places =
    own === undefined
      ? {
          urls: download.mirrors.map((mirror) => `${mirror}/${path}`) as [string, ...string[]],
          archived: old === undefined ? undefined : `${download.archive}/${old}`,
          path,
        }
      : { urls: [own] as [string], archived: undefined, path: new URL(own).pathname.replace(/^\/+/, '') };
  const name = decodeURIComponent(places.path.split('/').at(-1) ?? '');
  return {
    kind: 'download',
    ...places,
    name,
    directory: download.directory === undefined ? undefined : resolve(configFolder, download.directory),
    sha256: bake.sha256[name] ?? knownSum(name),
    changes: release.folder === 'snapshots',
  };
}

/** The file with the checksums of everything in the same folder, as FreeBSD's mirrors have it. */
export function checksumUrl(url: string): string {
  return new URL(CHECKSUMS, url).href;
}

export const CHECKSUMS = 'CHECKSUM.SHA256';
