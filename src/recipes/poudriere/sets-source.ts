import { join, resolve } from 'node:path';
import { isAbsent } from '../../downloads/download.ts';
import { archivePath, setsPath } from '../../downloads/freebsd/site.ts';
import { getSize } from '../../downloads/http.ts';
import { ExitCode, PodbsdError } from '../../ground/errors.ts';
import type { StageRun } from '../../pipeline/stage.ts';
import { configuredRelease, warnOfEnd } from '../shared/release.ts';
import type { PoudriereEnv } from './env.ts';

/** Where Poudriere fetches the distribution sets of a release. */
export interface SetsSource {
  /** Of `poudriere jail -m`. */
  readonly method: string;
  /** FREEBSD_HOST of poudriere.conf; undefined where the method says it all. */
  readonly server?: string;
}

/** Poudriere's own method knows this archive alone. */
const ARCHIVE = /^https?:\/\/ftp-archive\.freebsd\.org\/pub\/FreeBSD-Archive\/old-releases$/i;
/** Milliseconds for a mirror to answer. */
const LIMIT = 10_000;

/** Chooses the folder or the first mirror that has the release, or the archive when no mirror has it any more. */
export async function chooseSets(env: PoudriereEnv, run: StageRun): Promise<SetsSource> {
  const { build, download } = env.config;
  const release = configuredRelease(build);
  const path = setsPath(release, build.architecture);
  warnOfEnd(build, run);
  if (download.directory !== undefined)
    return await inFolder(env, resolve(env.configFolder, download.directory), path);
  const chosen = await env.here.perform(`ask ${download.mirrors.join(', ')} for ${path}`, () =>
    firstWith(download.mirrors, path, run),
  );
  const old = archivePath(path);
  if (chosen !== 'none' || old === undefined)
    return onMirror(chosen === 'none' ? undefined : chosen, env, path);
  run.say(
    `warning: FreeBSD ${release.name} is on no mirror any more: it is taken from the archive of ended releases`,
  );
  if (ARCHIVE.test(download.archive)) return { method: 'ftp-archive' };
  return { method: `url=${download.archive}/${old}` };
}

/**
 * The first mirror that has a release; `none` when all say that they do not. One that cannot be asked from here may still
 * answer the machine that builds.
 */
async function firstWith(
  mirrors: readonly string[],
  path: string,
  { signal }: StageRun,
): Promise<string | undefined> {
  let silent: string | undefined;
  for (const mirror of mirrors)
    try {
      await getSize(`${mirror}/${path}/MANIFEST`, { limitMs: LIMIT, signal });
      return mirror;
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof PodbsdError)) throw error;
      if (!isAbsent(error)) silent ??= mirror;
    }
  return silent ?? 'none';
}

/**
 * Poudriere's method `http` adds a path to the server, which only FreeBSD's own and those with its classic layout have;
 * it is preferred, because it installs the newest patches as well.
 */
function onMirror(chosen: string | undefined, { config }: PoudriereEnv, path: string): SetsSource {
  const mirror = chosen ?? config.download.mirrors[0] ?? '';
  if (/^https?:\/\/download\.freebsd\.org$/i.test(mirror)) return { method: 'http', server: mirror };
  const [, server] = /^(https?:\/\/.+)\/pub\/FreeBSD$/.exec(mirror) ?? [];
  return server === undefined ? { method: `url=${mirror}/${path}` } : { method: 'http', server };
}

async function inFolder({ host }: PoudriereEnv, folder: string, path: string): Promise<SetsSource> {
  const place = join(folder, path);
  if (host.answers && (await host.stat(join(place, 'MANIFEST'))) === undefined)
    throw new PodbsdError({
      doing: `looking for the distribution sets of FreeBSD on ${host.name}`,
      problem: `${place}/MANIFEST is not there, and [download] directory says that the network is not used`,
      remedy: `copy ${path} of a mirror there, or name another release with --release or [build] release`,
      exitCode: ExitCode.data,
    });
  return { method: `url=file://${encodeURI(place)}` };
}
