import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { ExitCode, PodbsdError } from '../ground/errors.ts';
import { fileProblem } from '../ground/file-problem.ts';
import type { BlockSource } from '../disk/block-source.ts';
import { checkBootStructure } from '../disk/boot-check.ts';
import { CHECKSUMS_NAME, parseChecksums, verifyChecksums } from '../disk/describe/checksums.ts';
import { MANIFEST_NAME, parseManifest } from '../disk/describe/manifest.ts';
import { readText } from '../ground/read-text.ts';
import { hasFreebsdPartition } from '../disk/guest-os.ts';
import { hashFile } from '../disk/hash.ts';
import { identifyFile } from '../disk/identify.ts';
import { insideOf, openAnyDisk } from '../disk/inside.ts';
import { describeKind } from '../disk/open-disk.ts';
import type { Architecture } from '../vm/architecture.ts';
import { ok, problem, skipped, type Check, type Verdict } from './check.ts';
import { judgeSignature } from './signature.ts';

/** Milliseconds for reading whole images; a hundred gigabytes from a slow disk take that long. */
const HASHING = 3_600_000;

export interface ImageOptions {
  /** A disk image, or the folder of an export. */
  readonly path: string;
  /** Of the guest; a manifest beside the image overrides it. */
  readonly architecture: Architecture;
  /** Public key that the checksums must be signed with: minisign's or OpenPGP's. */
  readonly publicKey?: string;
  readonly signal?: AbortSignal;
}

/**
 * The checks of an image that need no boot.
 * @throws PodbsdError when there is no such image.
 */
export async function imageChecks(options: ImageOptions): Promise<Check[]> {
  const { path, publicKey, signal } = options;
  const isFolder = (await lookAt(path)).isDirectory();
  const folder = isFolder ? path : dirname(path);
  const disk = isFolder ? await diskIn(folder) : path;
  const architecture = (await architectureOf(folder)) ?? options.architecture;
  const sums = join(folder, CHECKSUMS_NAME);
  return [
    {
      id: 'image.checksums',
      title: 'checksums',
      limitMs: HASHING,
      look: () => (isFolder ? judgeFolder(folder, signal) : judgeFile(path, sums, signal)),
    },
    { id: 'image.signature', title: 'signature', look: () => judgeSignature(sums, publicKey) },
    { id: 'image.system', title: 'guest system', look: () => judgeSystem(disk) },
    { id: 'image.boot', title: 'boot structure', look: () => judgeBoot(disk, architecture) },
  ];
}

async function lookAt(path: string) {
  try {
    return await stat(path);
  } catch (error) {
    throw new PodbsdError({
      doing: `looking at the image ${path}`,
      problem: fileProblem(error),
      remedy: 'name a disk image, or the folder that podbsd export or build-image has written',
      exitCode: ExitCode.data,
      cause: error,
    });
  }
}

/** The file of an export that can be read without unpacking it. */
async function diskIn(folder: string): Promise<string | undefined> {
  const text = await readText(join(folder, MANIFEST_NAME)).catch(() => undefined);
  if (text === undefined) return undefined;
  const { files } = parseManifest(text, join(folder, MANIFEST_NAME));
  const readable =
    files.find(({ format }) => format === 'qcow2') ?? files.find(({ format }) => format === 'raw');
  return readable === undefined ? undefined : join(folder, readable.name);
}

async function architectureOf(folder: string): Promise<Architecture | undefined> {
  const text = await readText(join(folder, MANIFEST_NAME)).catch(() => undefined);
  return text === undefined ? undefined : parseManifest(text, join(folder, MANIFEST_NAME)).architecture;
}

async function judgeFolder(folder: string, signal: AbortSignal | undefined): Promise<Verdict> {
  const files = await verifyChecksums(folder, signal);
  const bad = files.filter(({ state }) => state !== 'ok');
  if (bad.length === 0) return ok(`${files.length} files are as ${CHECKSUMS_NAME} says`);
  return problem(bad.map(({ name, state }) => `${name} is ${state}`).join(', '), 'get the export again');
}

/** One file of an export: the others need not be there. */
async function judgeFile(path: string, sums: string, signal: AbortSignal | undefined): Promise<Verdict> {
  const text = await readText(sums);
  if (text === undefined) return skipped(`there is no ${CHECKSUMS_NAME} beside the image`);
  const listed = parseChecksums(text).find(({ name }) => name === basename(path));
  if (listed === undefined) return skipped(`${CHECKSUMS_NAME} does not name ${basename(path)}`);
  return (await hashFile(path, { signal })).sha256 === listed.sha256
    ? ok(`as ${CHECKSUMS_NAME} says`)
    : problem(`${basename(path)} is not the file that ${CHECKSUMS_NAME} describes`, 'get the image again');
}

async function judgeSystem(path: string | undefined): Promise<Verdict> {
  return await withDisk(path, async (disk) =>
    (await hasFreebsdPartition(disk))
      ? ok('FreeBSD')
      : problem('the partition table has no partition of FreeBSD', 'give podbsd a FreeBSD image'),
  );
}

async function judgeBoot(path: string | undefined, architecture: Architecture): Promise<Verdict> {
  return await withDisk(path, async (disk) => {
    const findings = await checkBootStructure(disk, architecture);
    const bad = findings.filter((finding) => !finding.ok);
    return bad.length === 0
      ? ok(findings.map(({ what }) => what).join(', '))
      : problem(
          bad.map(({ what, detail }) => `${what}: ${detail}`).join('; '),
          'build the image again with podbsd build-image',
        );
  });
}

async function withDisk(
  path: string | undefined,
  judge: (disk: BlockSource) => Promise<Verdict>,
): Promise<Verdict> {
  if (path === undefined) return skipped('the folder has no raw or qcow2 file that could be read');
  const kind = await identifyFile(path);
  if (kind.kind === 'packed') return skipped(`it is ${describeKind(kind)}; unpack it to have it looked at`);
  if (kind.kind === 'other') return noDisk(describeKind(kind));
  const file = { path, format: kind.format };
  try {
    const inside = await insideOf(file);
    if (inside.kind === 'other') return noDisk(inside.what);
    const disk = await openAnyDisk(file);
    try {
      return await judge(disk);
    } finally {
      await disk.close();
    }
  } catch (error) {
    if (!(error instanceof PodbsdError)) throw error;
    return error.exitCode === ExitCode.host
      ? skipped(`${error.problem}, and podbsd itself does not read ${describeKind(kind)}`)
      : problem(error.problem, 'name a disk image');
  }
}

function noDisk(what: string): Verdict {
  return problem(`it is no disk image: it is ${what}`, 'name a disk image');
}
