import { sumIn } from '../../downloads/freebsd/checksum-list.ts';
import { getText } from '../../downloads/http.ts';
import { ExitCode, PodbsdError } from '../../ground/errors.ts';
import type { StageRun } from '../../pipeline/stage.ts';
import { checksumUrl, type PublishedImage } from './base-image.ts';

/**
 * The checksum that lies beside a published image, of the first server that has one, and a word about how far it can be
 * trusted.
 * @throws PodbsdError of the first server, when none has one.
 */
export async function publishedChecksum(
  { name }: Pick<PublishedImage, 'name'>,
  urls: readonly string[],
  run: Pick<StageRun, 'say' | 'signal'>,
): Promise<string> {
  let failure: PodbsdError | undefined;
  for (const url of urls)
    try {
      const list = checksumUrl(url);
      const sum = findChecksum(await getText(list, { signal: run.signal }), name, list);
      const channel = list.startsWith('https:')
        ? 'the connection to that server'
        : 'a connection without encryption';
      run.say(`the checksum of ${name} is taken from ${list}, which is only as trustworthy as ${channel}`);
      return sum;
    } catch (error) {
      run.signal.throwIfAborted();
      if (!(error instanceof PodbsdError)) throw error;
      failure ??= error;
    }
  throw failure ?? new Error('an image has at least one address');
}

/** @throws PodbsdError when the list does not name the file. */
export function findChecksum(text: string, name: string, list: string): string {
  const sum = sumIn(text, name);
  if (sum !== undefined) return sum;
  throw new PodbsdError({
    doing: `looking for the checksum of ${name}`,
    problem: `${list} does not name it`,
    remedy: `set it in podbsd.toml: [bake.sha256] "${name}" = "...", or give a file with --base-image`,
    exitCode: ExitCode.untrusted,
  });
}
