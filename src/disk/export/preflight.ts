import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ExitCode, PodbsdError, errnoOf } from '../../ground/errors.ts';
import type { Host } from '../../host/host.ts';
import { readBytes } from '../block-source.ts';
import { CHECKSUMS_NAME } from '../describe/checksums.ts';
import { MANIFEST_NAME, parseManifest, type Manifest } from '../describe/manifest.ts';
import { trySigning } from '../describe/sign.ts';
import { FileSource } from '../file-source.ts';
import { FORMAT_MAGIC_BYTES, detectDiskFormat } from '../format.ts';
import { signing } from './describe.ts';
import { exportFailure } from './failure.ts';
import { plannedFormats, type ExportFormat } from './formats.ts';
import type { ExportOptions } from './options.ts';

const doing = 'exporting a disk image';

export interface ExportPlan {
  readonly formats: readonly ExportFormat[];
  /** Whether qemu-img is there to read the qcow2 file back. */
  readonly qemuImg: boolean;
  readonly notices: readonly string[];
}

/**
 * Everything that can be known before the first byte is read.
 * @throws PodbsdError when the export cannot work.
 */
export async function planExport(options: ExportOptions): Promise<ExportPlan> {
  try {
    return await plan(options);
  } catch (error) {
    throw exportFailure(error, options.raw, options.outDir);
  }
}

async function plan(options: ExportOptions): Promise<ExportPlan> {
  const { raw, baseName, outDir, host } = options;
  if (!/^[A-Za-z0-9][A-Za-z0-9._+-]*$/.test(baseName))
    throw new PodbsdError({
      doing,
      problem: `${JSON.stringify(baseName)} cannot be the name of the files.`,
      remedy: 'Use letters, digits and the characters ._+- for the name.',
      exitCode: ExitCode.usage,
    });
  await expectRaw(raw);
  const earlier = await expectOwnFolder(outDir, baseName);
  const qemuImg = await hasProgram(host, 'qemu-img');
  const wanted = plannedFormats(options.formats, options.compress ?? false);
  const formats = qemuImg ? wanted : wanted.filter((format) => format !== 'vhdx');
  if (formats.length === 0)
    throw new PodbsdError({
      doing,
      problem: wanted.length === 0 ? 'No format was asked for.' : 'vhdx needs the program qemu-img.',
      remedy: wanted.length === 0 ? 'Name one or more formats.' : 'Install QEMU (on Debian: qemu-utils).',
      exitCode: wanted.length === 0 ? ExitCode.usage : ExitCode.host,
    });
  if (formats.some((format) => format.endsWith('.zst')) && !(await hasProgram(host, 'zstd')))
    throw new PodbsdError({
      doing,
      problem: 'The program zstd was not found.',
      remedy: 'Install zstd, or ask for formats without .zst.',
      exitCode: ExitCode.host,
    });
  if (options.signingKey !== undefined) await trySigning(signing(options, options.signingKey));
  const notices = [
    ...qemuNotices(wanted, formats, qemuImg),
    ...(await leftNotices(earlier, formats, outDir)),
  ];
  return { formats, qemuImg, notices };
}

/** Files of an earlier export that stay beside the new one: the new checksums do not name them. */
async function leftNotices(
  earlier: Manifest | undefined,
  formats: readonly ExportFormat[],
  outDir: string,
): Promise<string[]> {
  const notices: string[] = [];
  for (const { name, format } of earlier?.files ?? []) {
    const path = join(outDir, name);
    if (formats.includes(format) || !(await exists(path))) continue;
    notices.push(`${path} is of an earlier export; the new ${CHECKSUMS_NAME} does not name it.`);
  }
  return notices;
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}

function qemuNotices(
  wanted: readonly ExportFormat[],
  formats: readonly ExportFormat[],
  qemuImg: boolean,
): string[] {
  const notices: string[] = [];
  if (wanted.length > formats.length) notices.push('vhdx was left out: it needs the program qemu-img.');
  if (!qemuImg && formats.some((format) => format.startsWith('qcow2')))
    notices.push('qemu-img was not found; the qcow2 file was read back by podbsd alone.');
  return notices;
}

async function expectRaw(path: string): Promise<void> {
  const found = await stat(path).catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  });
  let problem: string | undefined;
  if (found === undefined) problem = 'there is no such file.';
  else if (found.isBlockDevice() || found.isCharacterDevice())
    problem = 'it is a device; copy it into a file with dd(1) first.';
  else if (!found.isFile()) problem = 'it is not a regular file.';
  else if (found.size === 0) problem = 'the file is empty.';
  else {
    const format = await formatOf(path);
    if (format !== 'raw') problem = `it is ${format}, not a raw disk image.`;
  }
  if (problem !== undefined)
    throw new PodbsdError({
      doing,
      problem: `${path}: ${problem}`,
      remedy:
        'Name a raw disk image; convert other formats with `qemu-img convert -O raw`, unpack packed ones.',
      exitCode: ExitCode.data,
    });
}

async function formatOf(path: string): Promise<string> {
  const file = await FileSource.open(path);
  try {
    return detectDiskFormat(await readBytes(file, 0, FORMAT_MAGIC_BYTES));
  } finally {
    await file.close();
  }
}

/** SHA256SUMS and manifest.json of another image must not be overwritten. Returns the manifest of this one, if any. */
async function expectOwnFolder(outDir: string, baseName: string): Promise<Manifest | undefined> {
  const path = join(outDir, MANIFEST_NAME);
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const manifest = parseManifest(text, path);
  const { name } = manifest;
  if (name === baseName) return manifest;
  throw new PodbsdError({
    doing,
    problem: `${outDir} holds the export of another image, ${name}.`,
    remedy: 'Choose another output folder, or move that export away.',
    exitCode: ExitCode.usage,
  });
}

async function hasProgram(host: Host, program: string): Promise<boolean> {
  try {
    await host.run([program, '--version'], { readOnly: true });
    return true;
  } catch {
    return false;
  }
}
