import * as z from 'zod';
import { ExitCode, PodbsdError, messageOf } from '../../ground/errors.ts';
import { exportFormats } from '../export/formats.ts';

export const MANIFEST_NAME = 'manifest.json';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** What manifest.json holds. Keys are written in this order; the same inputs give the same bytes. */
export const manifestSchema = z.object({
  schema: z.literal('podbsd-image/1'),
  name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._+-]*$/),
  architecture: z.enum(['amd64', 'arm64']),
  podbsd: z.string(),
  /** SOURCE_DATE_EPOCH, when it was set. */
  created: z.string().optional(),
  /** What it was made of: the recipe, and the image or release that it began with. */
  origin: z.object({ recipe: z.string(), base: z.string(), sha256: sha256.optional() }).optional(),
  freebsd: z.object({ version: z.string(), commit: z.string().optional() }).optional(),
  patches: z.array(z.object({ name: z.string(), sha256: sha256.optional() })),
  packages: z.array(z.object({ name: z.string(), version: z.string(), origin: z.string().optional() })),
  /** The disk inside all of the files: bytes, and SHA-256 of them. */
  disk: z.object({ size: z.number().int().positive(), sha256 }),
  files: z.array(
    z.object({
      name: z.string().regex(/^[^/]+$/),
      format: z.enum(exportFormats),
      size: z.number().int().positive(),
      sha256,
    }),
  ),
});
export type Manifest = z.infer<typeof manifestSchema>;

/** The bytes of manifest.json. */
export function formatManifest(manifest: Manifest): string {
  return `${JSON.stringify(manifestSchema.parse(manifest), undefined, 2)}\n`;
}

/** @throws PodbsdError when the text is not a manifest of an export. */
export function parseManifest(text: string, path: string): Manifest {
  try {
    return manifestSchema.parse(JSON.parse(text));
  } catch (error) {
    throw new PodbsdError({
      doing: 'reading the description of an export',
      problem: `${path}: ${error instanceof z.ZodError ? z.prettifyError(error) : messageOf(error)}`,
      remedy: 'export the image again with `podbsd export` into an empty folder',
      exitCode: ExitCode.data,
      cause: error,
    });
  }
}
