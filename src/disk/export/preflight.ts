import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ExitCode, PodbsdError, errnoOf } from '../../errors.ts';
import type { Host } from '../../host/host.ts';
import { readBytes } from '../block-source.ts';
import { MANIFEST_NAME, parseManifest } from '../describe/manifest.ts';
import { FileSource } from '../file-source.ts';
import { FORMAT_MAGIC_BYTES, detectDiskFormat } from '../format.ts';
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
  const { raw, baseName, outDir, host } = options;
  if (!/^[A-Za-z0-9][A-Za-z0-9._+-]*$/.test(baseName))
    throw new PodbsdError({
      doing,
      problem: `${JSON.stringify(baseName)} cannot be the name of the files.`,
      remedy: 'Use letters, digits and the characters ._+- for the name.',
      exitCode: ExitCode.usage,
    });
  await expectRaw(raw);
  await expectOwnFolder(outDir, baseName);
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
  return { formats, qemuImg, notices: qemuNotices(wanted, formats, qemuImg) };
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

/** SHA256SUMS and manifest.json of another image must not be overwritten. */
async function expectOwnFolder(outDir: string, baseName: string): Promise<void> {
  const path = join(outDir, MANIFEST_NAME);
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return;
  const { name } = parseManifest(text, path);
  if (name === baseName) return;
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
