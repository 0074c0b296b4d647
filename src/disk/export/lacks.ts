import { stat } from 'node:fs/promises';
import { ExitCode } from '../../ground/errors.ts';
import type { Lack } from '../../ground/lack/lack.ts';
import { lackOfProgram } from '../../ground/lack/program.ts';
import { lackOfFile } from '../../ground/lack/reading.ts';
import { lackOfSpace } from '../../ground/lack/space.ts';
import { lackOfWriting } from '../../ground/lack/writing.ts';
import { readRegular } from '../../ground/regular-file.ts';
import { keyKind } from '../describe/sign.ts';
import { lackOfUnpacker } from '../unpack.ts';
import { plannedFormats } from './formats.ts';
import type { ExportOptions } from './options.ts';

/** What of an export is known before there is a disk. */
export type ExportPlace = Pick<ExportOptions, 'outDir' | 'formats' | 'compress' | 'signingKey'>;

/** What is missing here to write these formats into this folder. */
export async function exportLacks(place: ExportPlace): Promise<readonly (Lack | undefined)[]> {
  const { outDir, signingKey } = place;
  const formats = plannedFormats(place.formats, place.compress ?? false);
  // Beside others vhdx is left out with a notice; alone it is all that was asked for.
  const onlyVhdx = formats.length > 0 && formats.every((format) => format === 'vhdx');
  return [
    onlyVhdx ? lackOfProgram('qemu-img') : undefined,
    formats.some((format) => format.endsWith('.zst')) ? lackOfProgram('zstd') : undefined,
    await lackOfWriting(outDir),
    signingKey === undefined ? undefined : await lackOfSigning(signingKey),
  ];
}

/** The same for a disk image that is there. */
export async function imageExportLacks(
  options: ExportPlace & Pick<ExportOptions, 'raw'>,
): Promise<readonly (Lack | undefined)[]> {
  const { raw, outDir } = options;
  const unpacker = await lackOfUnpacker(raw);
  return [...(await exportLacks(options)), unpacker, await lackOfRoom(raw, outDir)];
}

/**
 * Refused is only what cannot succeed. An image may be full of zeros, which take no space in the export, but hardly for
 * more than three quarters of what it takes itself.
 */
async function lackOfRoom(raw: string, outDir: string): Promise<Lack | undefined> {
  const found = await stat(raw).catch(() => undefined);
  if (found === undefined) return undefined;
  return await lackOfSpace(outDir, Math.floor((found.blocks * 512) / 4), 'the export');
}

async function lackOfSigning(key: string): Promise<Lack | undefined> {
  const unread = await lackOfFile(
    key,
    'the signing key',
    'name a minisign or OpenPGP secret key file (--sign, or [export] signing_key)',
  );
  if (unread !== undefined) return { ...unread, exitCode: ExitCode.host };
  const head = await readRegular(key).catch(() => Buffer.alloc(0));
  return keyKind(head) === 'minisign' ? lackOfProgram('minisign') : undefined;
}
