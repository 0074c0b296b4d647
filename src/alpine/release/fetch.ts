import { join } from 'node:path';
import { hashFile } from '../../disk/hash.ts';
import { download, type DownloadOptions } from '../../downloads/download.ts';
import { getText } from '../../downloads/http.ts';
import type { Host } from '../../host/host.ts';
import { findVirtImage, indexUrl } from './index.ts';
import { alpineReleaseKey, verifySignature, type TrustedKey } from './signature.ts';
import { recordImage } from './store.ts';

/** bhyve and vm-bhyve's GRUB loader: amd64 only. */
export const ALPINE_ARCH = 'x86_64';

export interface FetchInput {
  readonly mirror: string;
  readonly branch: string;
  /** Folder for the image. */
  readonly folder: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: DownloadOptions['onProgress'];
  /** What to trust instead of Alpine's own release key. */
  readonly key?: TrustedKey;
  readonly transfer?: Pick<DownloadOptions, 'retries' | 'pauseMs' | 'silenceMs'>;
}

export interface Fetched {
  /** Path of the verified image. */
  readonly path: string;
  readonly version: string;
  readonly branch: string;
  /** The image was there already, and its checksum and signature are valid. */
  readonly unchanged: boolean;
  /** Path of the image that was current before. */
  readonly previous?: string;
}

/**
 * Downloads the latest alpine-virt ISO image. The index is not signed: its SHA-256 detects a broken transfer, and the
 * OpenPGP signature beside the image proves who made it. Only a file that passes both gets its name.
 */
export async function fetchIso(host: Host, input: FetchInput): Promise<Fetched> {
  const { folder } = input;
  const signal = input.signal === undefined ? {} : { signal: input.signal };
  const url = indexUrl(input.mirror, input.branch, ALPINE_ARCH);
  const image = await findVirtImage(await getText(url, signal), ALPINE_ARCH, url);
  const isoUrl = new URL(image.iso, url).href;
  const path = join(folder, image.iso);
  const signature = await getText(`${isoUrl}.asc`, { ...signal, maxBytes: 64 * 1024 });
  const key = input.key ?? (await alpineReleaseKey());

  const unchanged = (await host.stat(path)) !== undefined && (await hashFile(path)).sha256 === image.sha256;
  if (unchanged) await verifySignature(path, signature, key);
  else
    await download({
      url: isoUrl,
      to: path,
      sha256: image.sha256,
      verify: async (part) => await verifySignature(part, signature, key),
      ...(input.onProgress === undefined ? {} : { onProgress: input.onProgress }),
      ...signal,
      ...input.transfer,
    });
  await host.writeFile(`${path}.asc`, signature);
  const { previous } = await recordImage(host, folder, image.iso);
  const { version, branch } = image;
  return {
    path,
    version,
    branch,
    unchanged,
    ...(previous === undefined ? {} : { previous: join(folder, previous) }),
  };
}
