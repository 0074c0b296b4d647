import { resolve } from 'node:path';
import { knownImages } from '../../config/bake.ts';
import type { Config } from '../../config/schema.ts';
import { ExitCode, PodbsdError } from '../../ground/errors.ts';
import { configuredRelease } from '../shared/release.ts';

/** The image that is baked: a file of the user's, or one to download. */
export type BaseImage =
  | { readonly kind: 'file'; readonly path: string }
  | {
      readonly kind: 'download';
      readonly url: string;
      /** The last part of the URL. */
      readonly name: string;
      /** Undefined when it has to be asked from the server. */
      readonly sha256: string | undefined;
    };

/** Which base image the command line and the configuration ask for. */
export function chooseBaseImage(
  { build, bake }: Config,
  configFolder: string,
  commandLine: string | undefined,
): BaseImage {
  if (commandLine !== undefined) return { kind: 'file', path: commandLine };
  if (bake.base_image !== undefined) return { kind: 'file', path: resolve(configFolder, bake.base_image) };
  const release = configuredRelease(build);
  const amd64 = build.architecture === 'amd64';
  const words: Readonly<Record<string, string>> = {
    folder: release.folder,
    release: release.name,
    processor: amd64 ? 'amd64' : 'aarch64',
    target: amd64 ? 'amd64' : 'arm64-aarch64',
    filesystem: bake.filesystem,
  };
  const url = bake.url.replace(/\{(\w+)\}/g, (found, word: string) => words[word] ?? found);
  const name = decodeURIComponent(new URL(url).pathname.split('/').at(-1) ?? '');
  return { kind: 'download', url, name, sha256: bake.sha256[name] ?? knownImages[name] };
}

/** The file with the checksums of everything in the same folder, as FreeBSD's mirrors have it. */
export function checksumUrl(url: string): string {
  return new URL('CHECKSUM.SHA256', url).href;
}

/** Finds `SHA256 (NAME) = HEX`, the form that sha256(1) prints, or `HEX  NAME`, that of sha256sum(1). */
export function findChecksum(text: string, name: string, url: string): string {
  for (const line of text.split('\n')) {
    const bsd = /^SHA256 \((.+)\) = ([0-9a-fA-F]{64})\s*$/.exec(line);
    if (bsd?.[1] === name) return (bsd[2] ?? '').toLowerCase();
    const gnu = /^([0-9a-fA-F]{64}) [ *](.+?)\s*$/.exec(line);
    if (gnu?.[2] === name) return (gnu[1] ?? '').toLowerCase();
  }
  throw new PodbsdError({
    doing: `looking for the checksum of ${name}`,
    problem: `${url} does not name it`,
    remedy: `set it in podbsd.toml: [bake.sha256] "${name}" = "...", or give a file with --base-image`,
    exitCode: ExitCode.untrusted,
  });
}
