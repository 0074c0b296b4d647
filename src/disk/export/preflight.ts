import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ExitCode, PodbsdError, errnoOf } from '../../ground/errors.ts';
import { exists } from '../../ground/exists.ts';
import { requireAll } from '../../ground/lack/lack.ts';
import { lackOfProgram } from '../../ground/lack/program.ts';
import { readText } from '../../ground/read-text.ts';
import { CHECKSUMS_NAME } from '../describe/checksums.ts';
import { MANIFEST_NAME, parseManifest, type Manifest } from '../describe/manifest.ts';
import { trySigning } from '../describe/sign.ts';
import { expectImage } from '../open-image.ts';
import { signing } from './describe.ts';
import { exportFailure } from './failure.ts';
import { plannedFormats, type ExportFormat } from './formats.ts';
import { imageExportLacks } from './lacks.ts';
import type { ExportOptions } from './options.ts';

const doing = 'exporting a disk image';

export interface ExportPlan {
  readonly formats: readonly ExportFormat[];
  /** Whether qemu-img is there to read the qcow2 file back. */
  readonly qemuImg: boolean;
  readonly notices: readonly string[];
}

/**
 * Checks everything that can be checked before the first byte is read.
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
  const { raw, baseName, outDir } = options;
  if (!/^[A-Za-z0-9][A-Za-z0-9._+-]*$/.test(baseName))
    throw new PodbsdError({
      doing,
      problem: `${JSON.stringify(baseName)} cannot be the name of the files`,
      remedy: 'use letters, digits and the characters ._+- for the name',
      exitCode: ExitCode.usage,
    });
  const wanted = plannedFormats(options.formats, options.compress ?? false);
  if (wanted.length === 0)
    throw new PodbsdError({
      doing,
      problem: 'no format was asked for',
      remedy: 'name one or more formats',
      exitCode: ExitCode.usage,
    });
  const image = await expectImageFile(raw);
  requireAll(doing, await imageExportLacks(options));
  const earlier = await expectOwnFolder(outDir, baseName);
  const qemuImg = lackOfProgram('qemu-img') === undefined;
  const formats = qemuImg ? wanted : wanted.filter((format) => format !== 'vhdx');
  await expectOtherFiles(options, formats, image);
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
    notices.push(`${path} is of an earlier export; the new ${CHECKSUMS_NAME} does not name it`);
  }
  return notices;
}

function qemuNotices(
  wanted: readonly ExportFormat[],
  formats: readonly ExportFormat[],
  qemuImg: boolean,
): string[] {
  const notices: string[] = [];
  if (wanted.length > formats.length) notices.push('vhdx was left out: it needs the program qemu-img');
  if (!qemuImg && formats.some((format) => format.startsWith('qcow2')))
    notices.push('qemu-img was not found; the qcow2 file was read back by podbsd alone');
  return notices;
}

async function expectImageFile(path: string): Promise<Stats> {
  const found = await stat(path).catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') throw unfit(path, 'there is no such file');
    throw error;
  });
  if (found.isBlockDevice() || found.isCharacterDevice())
    throw unfit(path, 'it is a device; copy it into a file with dd(1) first');
  if (found.isDirectory()) throw unfit(path, 'it is a folder');
  if (!found.isFile()) throw unfit(path, 'it is a pipe or a socket');
  await expectImage(path);
  return found;
}

function unfit(path: string, problem: string): PodbsdError {
  return new PodbsdError({
    doing,
    problem: `${path}: ${problem}`,
    remedy: 'name a disk image file',
    exitCode: ExitCode.data,
  });
}

/** The image itself must not be replaced by what is made from it. */
async function expectOtherFiles(
  { raw, outDir, baseName }: ExportOptions,
  formats: readonly ExportFormat[],
  image: Stats,
): Promise<void> {
  for (const format of formats) {
    const target = join(outDir, `${baseName}.${format}`);
    const there = await stat(target).catch(() => undefined);
    if (there?.ino === image.ino && there.dev === image.dev)
      throw new PodbsdError({
        doing,
        problem: `${target} is the image ${raw} itself, which would be replaced`,
        remedy: 'choose another output folder, or another name with --name',
        exitCode: ExitCode.usage,
      });
  }
}

/** SHA256SUMS and manifest.json of another image must not be overwritten. Returns the manifest of this one, if any. */
async function expectOwnFolder(outDir: string, baseName: string): Promise<Manifest | undefined> {
  const path = join(outDir, MANIFEST_NAME);
  const text = await readText(path);
  if (text === undefined) return undefined;
  const manifest = parseManifest(text, path);
  const { name } = manifest;
  if (name === baseName) return manifest;
  throw new PodbsdError({
    doing,
    problem: `${outDir} holds the export of another image, ${name}`,
    remedy: 'choose another output folder, or move that export away',
    exitCode: ExitCode.usage,
  });
}
