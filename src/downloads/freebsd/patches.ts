import { createHash, publicDecrypt, constants } from 'node:crypto';
import type { DownloadConfig } from '../../config/download.ts';
import { ExitCode, PodbsdError, messageOf } from '../../ground/errors.ts';
import { getBytes } from '../http.ts';

/** The newest patch of a release, as FreeBSD has signed it. */
export interface NewestPatch {
  readonly patch: number;
  /** When the support of the release ends, milliseconds since 1970. */
  readonly ends: number;
}

/**
 * Asks the server of freebsd-update(8). It signs one line, `freebsd-update|ARCH|RELEASE|PATCH|HASH|END`, with a key whose
 * checksum every FreeBSD has (KeyPrint in freebsd-update.conf), so that the connection need not be trusted.
 *
 * @param release `15.1-RELEASE`.
 * @throws PodbsdError `network` when it does not answer, `untrusted` when the answer is not signed by that key.
 */
export async function newestPatch(
  { updates, updates_key: keyPrint }: Pick<DownloadConfig, 'updates' | 'updates_key'>,
  release: string,
  architecture: 'amd64' | 'arm64',
  options: { readonly limitMs: number; readonly signal?: AbortSignal | undefined },
): Promise<NewestPatch> {
  const folder = `${updates}/${release}/${architecture}`;
  const [key, signed] = await Promise.all(
    ['pub.ssl', 'latest.ssl'].map((name) =>
      getBytes(`${folder}/${name}`, { ...options, maxBytes: 64 * 1024 }),
    ),
  );
  if (key === undefined || signed === undefined) throw new Error('two files were asked for');
  const found = createHash('sha256').update(key).digest('hex');
  if (found !== keyPrint) throw forged(folder, `its key has the SHA-256 ${found} and not ${keyPrint}`);
  const line = opened(key, signed, folder);
  const [, arch, name, patch, ends] =
    /^freebsd-update\|([^|]+)\|([^|]+)\|(\d{1,4})\|[0-9a-f]{64}\|(\d{10})\n?$/.exec(line) ?? [];
  if (arch !== architecture || name !== release)
    throw forged(folder, 'what is signed is about something else');
  return { patch: Number(patch), ends: Number(ends) * 1000 };
}

function opened(key: Buffer, signed: Buffer, folder: string): string {
  try {
    return publicDecrypt({ key, padding: constants.RSA_PKCS1_PADDING }, signed).toString('latin1');
  } catch (error) {
    throw forged(folder, `its signature is not valid: ${messageOf(error)}`);
  }
}

function forged(folder: string, problem: string): PodbsdError {
  return new PodbsdError({ doing: `reading ${folder}`, problem, exitCode: ExitCode.untrusted });
}
