import { writeFile } from 'node:fs/promises';
import { BOM_SUFFIX, billOfMaterials } from '../describe/bill-of-materials.ts';
import { CHECKSUMS_NAME, formatChecksums } from '../describe/checksums.ts';
import { MANIFEST_NAME, formatManifest } from '../describe/manifest.ts';
import { signFile, type SignOptions } from '../describe/sign.ts';
import { sourceDate } from '../describe/source-date.ts';
import { hashFile } from '../hash.ts';
import type { ExportOptions, ExportedFile } from './options.ts';
import type { Staging } from './staging.ts';

export interface Described {
  readonly disk: { readonly size: number; readonly sha256: string };
  readonly files: readonly ExportedFile[];
}

/**
 * Writes what lets others verify the files: bill of materials, manifest, checksums of everything, signature.
 * @returns the names, in the order in which they should appear: the checksums after what they are of.
 */
export async function describeExport(
  staging: Staging,
  options: ExportOptions,
  { disk, files }: Described,
): Promise<string[]> {
  const { baseName, facts } = options;
  const bomName = `${baseName}${BOM_SUFFIX}`;
  const created = sourceDate();
  await writeFile(staging.path(bomName), billOfMaterials(baseName, disk.sha256, facts));
  const manifest = formatManifest({
    schema: 'podbsd-image/1',
    name: baseName,
    architecture: facts.architecture,
    podbsd: facts.podbsdVersion,
    ...(created === undefined ? {} : { created }),
    ...(facts.origin === undefined ? {} : { origin: facts.origin }),
    ...(facts.freebsd === undefined ? {} : { freebsd: facts.freebsd }),
    patches: [...(facts.patches ?? [])],
    packages: [...(facts.packages ?? [])].sort((a, b) => (a.name < b.name ? -1 : 1)),
    disk,
    files: files.map(({ name, format, size, sha256 }) => ({ name, format, size, sha256 })),
  });
  await writeFile(staging.path(MANIFEST_NAME), manifest);

  const described = [bomName, MANIFEST_NAME];
  const sums = [...files];
  const small = await Promise.all(
    described.map(async (name) => ({ name, sha256: (await hashFile(staging.path(name))).sha256 })),
  );
  await writeFile(staging.path(CHECKSUMS_NAME), formatChecksums([...sums, ...small]));
  if (options.signingKey === undefined) return [...described, CHECKSUMS_NAME];
  const suffix = await signFile({
    ...signing(options, options.signingKey),
    file: staging.path(CHECKSUMS_NAME),
    comment: `${CHECKSUMS_NAME} of ${baseName}`,
  });
  return [...described, CHECKSUMS_NAME, `${CHECKSUMS_NAME}${suffix}`];
}

/** The key that the export is signed with. */
export function signing({ passphrase }: ExportOptions, key: string): Pick<SignOptions, 'key' | 'passphrase'> {
  return { key, passphrase: passphrase ?? process.env['PODBSD_SIGNING_PASSPHRASE'] };
}
