import { stat } from 'node:fs/promises';
import { ExitCode, PodbsdError } from '../ground/errors.ts';
import type { BlockSource } from './block-source.ts';
import { checkBootStructure, type BootFinding } from './boot-check.ts';
import { CHECKSUMS_NAME } from './describe/checksums.ts';
import { signatureSuffixes } from './describe/sign.ts';
import { writeFormats } from './export/convert.ts';
import { describeExport } from './export/describe.ts';
import { exportFailure } from './export/failure.ts';
import type { ExportFormat } from './export/formats.ts';
import type { ExportOptions, ExportProgress, ExportResult } from './export/options.ts';
import { planExport, type ExportPlan } from './export/preflight.ts';
import { prepareDisk } from './export/prepare.ts';
import { Staging } from './export/staging.ts';
import { proveFiles, type ProvenFile, type VerifyOptions } from './export/verify.ts';
import { flushFile } from './file-source.ts';
import { openImage } from './open-image.ts';
import { convertDisk } from './qemu-img.ts';

export type { ExportOptions, ExportProgress, ExportResult };

/**
 * Writes a disk image in the formats that podman's machine providers take, proves by hash that each holds the
 * same bytes, and describes them (SHA256SUMS, manifest.json, bill of materials).
 *
 * Everything is made in a temporary folder and appears only when all of it is verified. A failure or an abort leaves an
 * earlier export as it was.
 * @throws PodbsdError that says what to do.
 */
export async function exportDisk(options: ExportOptions): Promise<ExportResult> {
  const plan = await planExport(options);
  try {
    return await withStaging(options.outDir, (staging) => makeExport(options, plan, staging));
  } catch (error) {
    options.signal?.throwIfAborted();
    throw exportFailure(error, options.raw, options.outDir);
  }
}

async function withStaging<T>(outDir: string, work: (staging: Staging) => Promise<T>): Promise<T> {
  const staging = await Staging.create(outDir);
  try {
    return await work(staging);
  } finally {
    await staging.remove();
  }
}

async function makeExport(options: ExportOptions, plan: ExportPlan, staging: Staging): Promise<ExportResult> {
  const { baseName, facts, raw } = options;
  const before = await stat(raw);
  await flushFile(raw);
  const source = await openImage(raw, {
    scratch: staging.folder,
    onProgress: unpacking(options, before.size),
    signal: options.signal,
  });
  const { disk, partitioned, notices } = await prepareDisk(source, raw);
  try {
    const boot = await checkBootStructure(disk, facts.architecture);
    if (options.requireBootable === true) expectBootable(raw, boot);
    const { sha256: diskSha256, content } = await writeFiles(options, plan, staging, disk);
    expectUnchanged(raw, before, await stat(raw));
    const proven = await readBack(options, plan, staging, disk.size, { diskSha256, content });
    const files = plan.formats.map((format) => ({
      name: `${baseName}.${format}`,
      format,
      ...provenFile(proven, format),
    }));
    const described = await describeExport(staging, options, {
      disk: { size: disk.size, sha256: diskSha256 },
      files,
    });
    const written = [...files.map(({ name }) => name), ...described];
    options.signal?.throwIfAborted();
    await staging.publish(written, staleSignatures(written));
    return {
      outDir: options.outDir,
      files,
      written,
      diskSize: disk.size,
      diskSha256,
      boot,
      notices: [...plan.notices, ...notices, ...(partitioned ? bootNotices(boot) : [])],
    };
  } finally {
    await disk.close();
  }
}

async function writeFiles(
  options: ExportOptions,
  plan: ExportPlan,
  staging: Staging,
  disk: BlockSource,
): ReturnType<typeof writeFormats> {
  const { baseName, signal } = options;
  const onBytes = progress(options, 'write', disk.size);
  const { formats } = plan;
  const { folder } = staging;
  const written = await writeFormats({ disk, formats, folder, baseName, onBytes, signal });
  if (formats.includes('vhdx')) {
    const [qcow2, vhdx] = [staging.path(`${baseName}.qcow2`), staging.path(`${baseName}.vhdx`)];
    await convertDisk({ path: qcow2, format: 'qcow2' }, { path: vhdx, format: 'vhdx' }, signal);
  }
  return written;
}

async function readBack(
  options: ExportOptions,
  plan: ExportPlan,
  staging: Staging,
  diskSize: number,
  read: Pick<VerifyOptions, 'diskSha256' | 'content'>,
): Promise<Map<ExportFormat, ProvenFile>> {
  const { baseName, signal } = options;
  const onBytes = progress(options, 'verify', diskSize * plan.formats.length);
  const { qemuImg } = plan;
  // The packed qcow2 file is compared with the plain one, which exists even when it was not asked for.
  const formats = new Set(plan.formats);
  if (formats.has('qcow2.zst')) formats.add('qcow2');
  return await proveFiles(formats, {
    folder: staging.folder,
    baseName,
    ...read,
    qemuImg,
    onBytes,
    signal,
  });
}

/** Signatures of an earlier export, which would not fit the new checksums. */
function staleSignatures(written: readonly string[]): string[] {
  return signatureSuffixes
    .map((suffix) => `${CHECKSUMS_NAME}${suffix}`)
    .filter((name) => !written.includes(name));
}

function progress(
  options: ExportOptions,
  step: ExportProgress['step'],
  total: number,
): (count: number) => void {
  let done = 0;
  return (count) => {
    done = Math.min(done + count, total);
    options.onProgress?.({ step, done, total });
  };
}

function unpacking(options: ExportOptions, total: number): (done: number) => void {
  return (done) => options.onProgress?.({ step: 'unpack', done, total });
}

function provenFile(proven: ReadonlyMap<ExportFormat, ProvenFile>, format: ExportFormat): ProvenFile {
  const found = proven.get(format);
  if (found === undefined) throw new Error(`${format} was not read back`);
  return found;
}

function expectBootable(raw: string, boot: readonly BootFinding[]): void {
  const faults = boot.filter((finding) => !finding.ok);
  if (faults.length === 0) return;
  throw new PodbsdError({
    doing: `checking that ${raw} can boot`,
    problem: faults.map(({ what, detail }) => `${what}: ${detail}`).join('\n'),
    remedy: 'build the image again from its image stage',
    exitCode: ExitCode.data,
  });
}

function bootNotices(boot: readonly BootFinding[]): string[] {
  return boot.filter(({ ok }) => !ok).map(({ what, detail }) => `FreeBSD may not boot: ${what}: ${detail}`);
}

function expectUnchanged(
  raw: string,
  before: { size: number; mtimeMs: number },
  after: { size: number; mtimeMs: number },
): void {
  if (before.size === after.size && before.mtimeMs === after.mtimeMs) return;
  throw new PodbsdError({
    doing: `exporting ${raw}`,
    problem: 'the image was changed while it was being read',
    remedy: 'stop whatever writes to it (a running machine, a build) and export again',
    exitCode: ExitCode.data,
  });
}
