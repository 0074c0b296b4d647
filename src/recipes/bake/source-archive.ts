import { open, rename, rm } from 'node:fs/promises';
import { basename, join, posix } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { Parser, type ReadEntry } from 'tar';
import { parseRelease, type Release } from '../../config/release.ts';
import { hashFile } from '../../disk/hash.ts';
import { download } from '../../downloads/download.ts';
import { archivePath, setsPath } from '../../downloads/freebsd/site.ts';
import { getText } from '../../downloads/http.ts';
import { exists } from '../../ground/exists.ts';
import { ExitCode, PodbsdError } from '../../ground/errors.ts';
import { PipedProgram } from '../../host/piped-program.ts';
import type { StageRun } from '../../pipeline/stage.ts';
import { transferProgress } from '../../pipeline/transfer-progress.ts';
import { archiveEnd, archiveEntry } from './archive.ts';
import type { BakeEnv } from './env.ts';

const SET = 'src.txz';

/**
 * What is needed of the kernel's source to build a module that is no driver of a real device: how modules are built, and
 * all headers but those of foreign software. The whole source would take minutes to unpack in an emulated machine.
 */
const needed =
  /^usr\/src\/(sys\/(conf|kern|tools|fs\/p9fs|dev\/virtio|modules\/(Makefile|p9fs|virtio)).*|sys\/(?!contrib\/(?!ck\/)).*\.[hm])$/;

/**
 * The kernel's source of a release as a gzipped archive of `sys`, on podbsd's own machine: out of `src.txz`, which lies
 * beside the release's other distribution sets and whose SHA-256 is in their MANIFEST.
 *
 * @param version what freebsd-version(1) says of the base: `14.5-RELEASE-p1`.
 * @throws PodbsdError `network` when the server does not have it or cannot be reached, `untrusted` when the checksum is
 * another one.
 */
export async function fetchKernelSource(env: BakeEnv, run: StageRun, version: string): Promise<string> {
  const release = parseRelease(version);
  if (release === undefined) throw unknown(version, `${version} is no version that FreeBSD publishes`);
  const folders = setsUrls(env, release);
  const { sha256, manifest } = await publishedSum(folders, run.signal);
  const to = join(
    env.paths.modules,
    `${release.name}-${env.config.build.architecture}-${sha256.slice(0, 16)}.tar.gz`,
  );
  if (await exists(to)) return to;
  const [url = '', ...mirrors] = folders.map((folder) => `${folder}/${SET}`);
  run.say(`downloading ${url}, SHA-256 as ${manifest} has it`);
  const packed = `${to}.${SET}`;
  await download({
    ...{ url, mirrors, to: packed, sha256, retries: env.retries, signal: run.signal },
    onNextMirror: ({ problem }, next) => run.say(`${problem}; trying ${next}`),
    onProgress: transferProgress(run, 'downloading'),
  });
  run.progress({ text: 'unpacking' });
  await takeNeeded(packed, to, run.signal);
  await rm(packed, { force: true });
  return to;
}

/** The folders of a release's distribution sets: on each mirror, and on the archive of ended releases. */
function setsUrls(
  { config: { bake, build, download: places } }: BakeEnv,
  release: Release,
): readonly string[] {
  if (places.directory !== undefined)
    throw new PodbsdError({
      doing: "looking for the kernel's source",
      problem: '[download] directory says that the network is not used',
      remedy: 'install the source in the base image as /usr/src, or do without large messages',
      exitCode: ExitCode.network,
    });
  const path = setsPath(release, build.architecture);
  const old = archivePath(path);
  // An own address of base images may be that of a whole mirror.
  const [site = '', ...rest] = bake.url?.split('{folder}') ?? [];
  const mirrors = rest.length > 0 ? [site.replace(/\/+$/, '')] : places.mirrors;
  return [
    ...mirrors.map((mirror) => `${mirror}/${path}`),
    ...(old === undefined || rest.length > 0 ? [] : [`${places.archive}/${old}`]),
  ];
}

/** The checksum of the first server that has it. */
async function publishedSum(
  folders: readonly string[],
  signal: AbortSignal,
): Promise<{ readonly sha256: string; readonly manifest: string }> {
  let failure: PodbsdError | undefined;
  for (const folder of folders)
    try {
      const manifest = `${folder}/MANIFEST`;
      return { sha256: checksumOf(await getText(manifest, { signal }), manifest), manifest };
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof PodbsdError)) throw error;
      failure ??= error;
    }
  throw failure ?? new Error('a release has at least one address');
}

/** `src.txz`, SHA-256, number of files and more, with tabs between them. */
function checksumOf(manifest: string, url: string): string {
  const lines = manifest.split('\n').map((line) => line.split('\t'));
  const sum = lines.find(([name]) => name === SET)?.[1] ?? '';
  if (/^[0-9a-f]{64}$/.test(sum)) return sum;
  throw unknown(basename(url), `${url} has no SHA-256 of ${SET}`);
}

function unknown(what: string, problem: string): PodbsdError {
  return new PodbsdError({
    doing: `looking for the kernel's source of ${what}`,
    problem,
    remedy: 'install the source in the base image as /usr/src, or do without large messages',
    exitCode: ExitCode.untrusted,
  });
}

/** Packs what is needed anew. The result appears when it is complete. */
async function takeNeeded(from: string, to: string, signal: AbortSignal): Promise<void> {
  const found: Promise<readonly Buffer[]>[] = [];
  const parser = new Parser({
    filter: (path) => needed.test(posix.normalize(path)),
    onReadEntry: (entry) => {
      if (entry.type === 'File' || entry.type === 'OldFile') found.push(readEntry(entry));
      else entry.resume();
    },
  });
  const xz = new PipedProgram(['xz', '--decompress', '--stdout'], {
    stdout: (chunk) => void parser.write(chunk),
    signal,
  });
  await hashFile(from, { signal }, (chunk) => xz.write(chunk));
  await xz.end();
  parser.end();
  if (found.length === 0) throw unknown(basename(from), `there is none in ${from}`);
  const partial = `${to}.part`;
  const file = await open(partial, 'w');
  const blocks = async function* (): AsyncGenerator<Buffer> {
    for (const entry of found) yield* await entry;
    yield archiveEnd;
  };
  await pipeline(Readable.from(blocks()), createGzip(), file.createWriteStream({ flush: true }));
  await rename(partial, to);
}

/** Without `usr/src`, so that it can be unpacked anywhere. */
async function readEntry(entry: ReadEntry): Promise<readonly Buffer[]> {
  const path = posix.normalize(entry.path).replace(/^usr\/src\//, '');
  return archiveEntry({ kind: 'file', path, content: await entry.concat(), mode: 0o644 });
}
