import { join } from 'node:path';
import { hashFile } from '../../disk/hash.ts';
import { unpackedName } from '../../disk/packing-name.ts';
import { download, isAbsent } from '../../downloads/download.ts';
import { ExitCode, PodbsdError } from '../../ground/errors.ts';
import { waitForLock } from '../../pipeline/lock-wait.ts';
import type { StageRun } from '../../pipeline/stage.ts';
import { transferProgress } from '../../pipeline/transfer-progress.ts';
import { publishedChecksum } from './base-checksum.ts';
import type { PublishedImage } from './base-image.ts';
import { imageOfFolder } from './base-folder.ts';
import type { BakeEnv } from './env.ts';

/** Lets two podbsd that want the same image download and unpack it once: the second waits, and says so. */
export async function onlyOne<T>(
  { host, paths }: BakeEnv,
  { name, directory }: PublishedImage,
  run: StageRun,
  work: () => Promise<T>,
): Promise<T> {
  if (directory !== undefined) return await work();
  const lock = await waitForLock(host, join(paths.cache, `${name}.lock`), {
    work: `downloading ${name}`,
    say: (text) => run.say(text),
    signal: run.signal,
  });
  try {
    return await work();
  } finally {
    await lock.release();
  }
}

/**
 * Gets a published image: from the folder that is used instead of the network, from the cache, where only verified files
 * get their final name, or from the first server that has it.
 */
export async function fetchBase(env: BakeEnv, image: PublishedImage, run: StageRun): Promise<string> {
  if (image.directory !== undefined) return await imageOfFolder(env, image, image.directory, run);
  const to = join(env.paths.cache, image.name);
  if (!(await inCache(env, to, image, run))) await fetchFromServers(env, image, to, run);
  return to;
}

async function fetchFromServers(
  env: BakeEnv,
  image: PublishedImage,
  to: string,
  run: StageRun,
): Promise<void> {
  try {
    await fetchFrom(env, image, image.urls, to, run);
  } catch (error) {
    if (!(error instanceof PodbsdError) || error.exitCode !== ExitCode.network) throw error;
    if (image.archived === undefined || !isAbsent(error)) throw unreachable(env, image, error);
    run.say(
      `warning: ${image.name} is on no mirror any more: it is looked for in the archive of ended releases`,
    );
    await fetchFrom(env, image, [image.archived], to, run).catch((again: unknown) => {
      if (!(again instanceof PodbsdError) || again.exitCode !== ExitCode.network) throw again;
      throw unreachable(env, image, again);
    });
  }
}

async function fetchFrom(
  env: BakeEnv,
  image: PublishedImage,
  urls: readonly [string, ...string[]],
  to: string,
  run: StageRun,
): Promise<void> {
  const [url, ...mirrors] = urls;
  const description = `download ${urls.join(' or ')} to ${to}, SHA-256 ${image.sha256 ?? 'as published beside it'}`;
  await env.host.perform(description, async () => {
    const sha256 = image.sha256 ?? (await publishedChecksum(image, urls, run));
    run.say(`downloading ${url}`);
    await download({
      ...{ url, mirrors, to, sha256, retries: env.retries, signal: run.signal },
      onNextMirror: ({ problem }, next) => run.say(`${problem}; trying ${next}`),
      onProgress: transferProgress(run, 'downloading'),
    });
  });
}

/** The checksum in the configuration, or that of a weekly image, may have changed: the file in the cache has to match it. */
async function inCache(env: BakeEnv, file: string, image: PublishedImage, run: StageRun): Promise<boolean> {
  if ((await env.host.stat(file)) === undefined) return false;
  const sha256 =
    image.sha256 ??
    // Without the network the image of an earlier week has to do.
    (image.changes ? await publishedChecksum(image, image.urls, run).catch(() => undefined) : undefined);
  if (sha256 === undefined || (await hashFile(file, { signal: run.signal })).sha256 === sha256) return true;
  await env.host.remove(file);
  await env.host.remove(unpackedName(file));
  return false;
}

/** Says what cannot be reached, how to do without it and how to resume. */
function unreachable(
  env: BakeEnv,
  { urls, archived, name }: PublishedImage,
  error: PodbsdError,
): PodbsdError {
  const absent = isAbsent(error);
  const tried = absent && archived !== undefined ? [...urls, archived] : urls;
  const servers = [...new Set(tried.map((url) => new URL(url).hostname))].join(', ');
  return new PodbsdError({
    doing: 'downloading the base image',
    problem: `${absent ? `${servers} does not have it` : `${servers} cannot be reached`}: ${error.problem}\naddress: ${tried.join('\n         ')}`,
    remedy:
      'fetch that file in another way and name it: podbsd build-image --base-image FILE; ' +
      (absent
        ? 'or correct [build] release, [download] mirrors or [bake] url'
        : `or check the network and run the same command again: what has arrived of ${name} is kept in ${env.paths.cache}`),
    exitCode: ExitCode.network,
    cause: error,
  });
}
