import * as z from 'zod';
import { ExitCode, PodbsdError, messageOf } from '../../ground/errors.ts';

/** One image of Alpine's latest-releases.yaml. */
export interface ReleaseImage {
  readonly branch: string;
  readonly version: string;
  /** File name of the ISO image; the file lies beside the index. */
  readonly iso: string;
  readonly sha256: string;
}

const fileName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*\.iso$/);
const imageSchema = z.object({
  branch: z.string().regex(/^v\d+\.\d+$/),
  arch: z.string(),
  version: z.string().regex(/^[0-9][0-9A-Za-z._]*$/),
  flavor: z.string(),
  iso: fileName,
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

/** Where Alpine lists the images of a branch. */
export function indexUrl(mirror: string, branch: string, arch: string): string {
  return `${mirror}/${branch}/releases/${arch}/latest-releases.yaml`;
}

/**
 * Finds the alpine-virt image in a latest-releases.yaml. Every scalar is read as a string: `3.20` must not become a
 * number, nor `10:25:51` one in base 60, as in YAML 1.1.
 */
export async function findVirtImage(text: string, arch: string, url: string): Promise<ReleaseImage> {
  const { default: YAML } = await import('yaml');
  const fail = (problem: string, cause?: unknown): PodbsdError =>
    new PodbsdError({
      doing: `reading ${url}`,
      problem,
      remedy: 'check `mirror` and `branch` in the [alpine] table of podbsd.toml',
      exitCode: ExitCode.data,
      cause,
    });
  let list: unknown;
  try {
    list = YAML.parse(text, { schema: 'failsafe' });
  } catch (error) {
    throw fail(`not valid YAML: ${messageOf(error)}`, error);
  }
  const flavors = z.array(z.looseObject({ flavor: z.string() })).safeParse(list);
  if (!flavors.success) throw fail('it is not a list of images');
  const entry = flavors.data.find((image) => image.flavor === 'alpine-virt');
  if (entry === undefined) throw fail('it lists no alpine-virt image');
  const image = imageSchema.safeParse(entry);
  if (!image.success)
    throw fail(`the alpine-virt image is not described as expected: ${z.prettifyError(image.error)}`);
  if (image.data.arch !== arch) throw fail(`the image is for ${image.data.arch}, not ${arch}`);
  const { branch, version, iso, sha256 } = image.data;
  return { branch, version, iso, sha256 };
}
