import { createHash } from 'node:crypto';
import * as z from 'zod';
import { podmanArchitecture } from '../disk/oci/artifacts.ts';
import { ExitCode, PodbsdError } from '../ground/errors.ts';
import type { Architecture } from '../vm/architecture.ts';

const descriptorSchema = z.object({
  mediaType: z.string().optional(),
  digest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  annotations: z.record(z.string(), z.string()).optional(),
  platform: z.object({ architecture: z.string() }).optional(),
});
export type Descriptor = z.infer<typeof descriptorSchema>;

const indexSchema = z.object({ manifests: z.array(descriptorSchema) });
const manifestSchema = z.object({ layers: z.array(descriptorSchema) });

/** Gives the bytes of a document of the artifact. They are checked against its digest here. */
export type ReadDocument = (descriptor: Descriptor) => Promise<Buffer>;

/**
 * Walks from an index down to the manifest of the disk for QEMU, by the rules of podman 5 and 6 (annotation `disktype`,
 * architecture as uname(1) of Linux spells it).
 */
export async function findDiskManifest(
  top: Buffer,
  architecture: Architecture,
  read: ReadDocument,
  doing: string,
): Promise<Descriptor> {
  const { manifests } = parse(indexSchema, top, doing);
  const found = manifests.find((entry) => isDisk(entry, architecture));
  if (found !== undefined) return found;
  for (const entry of manifests.filter(({ mediaType }) => mediaType?.endsWith('index.v1+json') === true))
    return await findDiskManifest(checked(await read(entry), entry, doing), architecture, read, doing);
  throw new PodbsdError({
    doing,
    problem: `it holds no disk for QEMU on ${podmanArchitecture[architecture]} (annotation disktype=qemu)`,
    remedy: 'name an artifact made by podbsd oci',
    exitCode: ExitCode.data,
  });
}

/** The one layer of a disk's manifest: the file itself. */
export function diskLayer(manifest: Buffer, doing: string): Descriptor {
  const [layer, ...more] = parse(manifestSchema, manifest, doing).layers;
  if (layer !== undefined && more.length === 0) return layer;
  throw new PodbsdError({
    doing,
    problem: `the manifest of a disk has one layer, and this one has ${more.length + (layer === undefined ? 0 : 1)}`,
    exitCode: ExitCode.data,
  });
}

/** @throws PodbsdError when the bytes are not those that the digest stands for. */
export function checked(bytes: Buffer, { digest }: Descriptor, doing: string): Buffer {
  const found = createHash('sha256').update(bytes).digest('hex');
  if (`sha256:${found}` === digest) return bytes;
  throw new PodbsdError({
    doing,
    problem: `${digest} does not hold the bytes that its name says (SHA-256 ${found})`,
    remedy: 'fetch the artifact again',
    exitCode: ExitCode.untrusted,
  });
}

function isDisk({ annotations, platform }: Descriptor, architecture: Architecture): boolean {
  return (
    annotations?.['disktype'] === 'qemu' &&
    (platform === undefined || platform.architecture === podmanArchitecture[architecture])
  );
}

function parse<T>(schema: z.ZodType<T>, bytes: Buffer, doing: string): T {
  try {
    return schema.parse(JSON.parse(bytes.toString()));
  } catch (error) {
    throw new PodbsdError({
      doing,
      problem: `a document in it is not what OCI describes: ${error instanceof z.ZodError ? z.prettifyError(error) : String(error)}`,
      exitCode: ExitCode.data,
      cause: error,
    });
  }
}
