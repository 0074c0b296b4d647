import * as fs from 'node:fs/promises';
import type { Response } from 'undici';

/** What has arrived of a file so far: `TO.part`, and beside it what identifies the version it is a part of. */
export function partOf(to: string): string {
  return `${to}.part`;
}

/**
 * A partial file is continued only when the server can promise that it is the same file (RFC 9110, 13.1.5): its strong
 * ETag, or else its date, is kept beside it.
 */
export async function writeValidator(part: string, response: Response): Promise<void> {
  const etag = response.headers.get('etag');
  const validator = etag !== null && !etag.startsWith('W/') ? etag : response.headers.get('last-modified');
  if (validator === null) await fs.rm(`${part}.tag`, { force: true });
  else await fs.writeFile(`${part}.tag`, validator);
}

export async function readValidator(part: string): Promise<string | undefined> {
  return await fs.readFile(`${part}.tag`, 'utf8').catch(() => undefined);
}

/** Bytes of a file; 0 when there is none. */
export async function sizeOf(path: string): Promise<number> {
  return await fs.stat(path).then(
    (found) => found.size,
    () => 0,
  );
}

export async function discard(part: string): Promise<void> {
  await fs.rm(part, { force: true });
  await fs.rm(`${part}.tag`, { force: true });
}

/** Gives a complete file its name, once it is on the disk. */
export async function finish(part: string, to: string): Promise<void> {
  const file = await fs.open(part, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
  await fs.rename(part, to);
  await discard(part);
}
