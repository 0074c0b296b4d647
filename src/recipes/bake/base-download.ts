import { join } from 'node:path';
import { hashFile } from '../../disk/hash.ts';
import { download } from '../../downloads/download.ts';
import { getText, HttpStatusError } from '../../downloads/http.ts';
import { ExitCode, PodbsdError } from '../../ground/errors.ts';
import type { StageRun } from '../../pipeline/stage.ts';
import { checksumUrl, findChecksum, type BaseImage } from './base-image.ts';
import type { BakeEnv } from './env.ts';

type Download = Extract<BaseImage, { kind: 'download' }>;

/** Where the disk of a packed download goes. */
export function unpackedName(file: string): string {
  return file.replace(/\.(xz|zst|gz)$/, '');
}

/** Downloads the base image, or takes it from the cache, where only verified files get their final name. */
export async function fetchBase(env: BakeEnv, image: Download, run: StageRun): Promise<string> {
  const { url, name } = image;
  const to = join(env.paths.cache, name);
  if (await inCache(env, to, image)) return to;
  try {
    const sha256 = image.sha256 ?? (await publishedChecksum(env, url, name, run));
    run.say(`downloading ${url}`);
    await env.host.perform(`download ${url} to ${to}, SHA-256 ${sha256 ?? 'as published beside it'}`, () =>
      download({
        url,
        to,
        ...(sha256 === undefined ? {} : { sha256 }),
        ...(env.retries === undefined ? {} : { retries: env.retries }),
        signal: run.signal,
        onProgress: (done, total) =>
          run.progress({ text: 'downloading', done, ...(total === undefined ? {} : { total }) }),
      }),
    );
  } catch (error) {
    if (!(error instanceof PodbsdError) || error.exitCode !== ExitCode.network) throw error;
    throw unreachable(env, url, error);
  }
  return to;
}

/** The checksum in the configuration may be new or changed: the file in the cache has to match it. */
async function inCache(env: BakeEnv, file: string, { sha256 }: Download): Promise<boolean> {
  if ((await env.host.stat(file)) === undefined) return false;
  if (sha256 === undefined || (await hashFile(file)).sha256 === sha256) return true;
  await env.host.remove(file);
  await env.host.remove(unpackedName(file));
  return false;
}

/** Says what cannot be reached, how to do without it and how to resume. */
function unreachable(env: BakeEnv, url: string, error: PodbsdError): PodbsdError {
  const server = new URL(url).hostname;
  const absent = error instanceof HttpStatusError && (error.status === 404 || error.status === 410);
  return new PodbsdError({
    doing: 'downloading the base image',
    problem: `${absent ? `${server} does not have it` : `${server} cannot be reached`}: ${error.problem}\naddress: ${url}`,
    remedy:
      'fetch that file in another way and name it: podbsd build-image --base-image FILE; ' +
      (absent
        ? 'or correct [build] release or [bake] url: releases without support are moved to another server'
        : `or check the network and run the same command again: what has arrived is kept in ${env.paths.cache}`),
    exitCode: ExitCode.network,
    cause: error,
  });
}

async function publishedChecksum(
  env: BakeEnv,
  url: string,
  name: string,
  run: StageRun,
): Promise<string | undefined> {
  const list = checksumUrl(url);
  const text = await env.host.perform(`read ${list}`, () => getText(list, { signal: run.signal }));
  if (text === undefined) return undefined;
  const sum = findChecksum(text, name, list);
  const channel = list.startsWith('https:')
    ? 'the connection to that server'
    : 'a connection without encryption';
  run.say(`the checksum of ${name} is taken from ${list}, which is only as trustworthy as ${channel}`);
  return sum;
}
