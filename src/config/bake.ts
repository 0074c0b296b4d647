import * as z from 'zod';
import { wholeNumber } from './types.ts';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'expected a SHA-256 of 64 lower-case hexadecimal digits');

/** The [bake] table: how `--recipe bake` makes an image out of one that FreeBSD has published. */
export const bakeSchema = z.strictObject({
  url: z
    .string()
    .regex(/^https?:\/\/\S+$/, 'expected an address that begins with https://')
    .optional()
    .describe(
      "Where the base image is, when it is on no mirror of FreeBSD's download site ([download] mirrors). {folder} is releases or snapshots and {release} the full name of [build] release; {processor} is amd64 or aarch64, {target} amd64 or arm64-aarch64; {filesystem} is the next key.",
    ),
  filesystem: z
    .enum(['zfs', 'ufs'])
    .default('zfs')
    .describe('Root file system of the base image. With zfs, containers get layers by clones; ufs copies.'),
  sha256: z
    .record(z.string(), sha256)
    .default({})
    .describe(
      'SHA-256 of base images by file name. podbsd knows those of the releases that were there when it was made (image/bake/CHECKSUM.SHA256); for others it asks the CHECKSUM.SHA256 beside the image.',
    ),
  base_image: z
    .string()
    .min(1)
    .optional()
    .describe(
      'A FreeBSD image of your own instead: raw or qcow2, may be packed with xz, zstd, gzip or bzip2.',
    ),
  update: z
    .boolean()
    .default(false)
    .describe(
      'Brings FreeBSD itself to the newest patch of its release before packages are installed, by pkg where the base is made of packages, otherwise by freebsd-update. Without it an image is the release that its name says.',
    ),
  size: z
    .string()
    .regex(/^[1-9]\d*[gt]$/i, 'expected a number with unit g or t, like 8g')
    .default('8g')
    .describe('Size of the disk. A base image that is larger keeps its own. It grows again at first boot.'),
  memory: wholeNumber(512, 1024 * 1024, 'MiB, and FreeBSD cannot install packages with less')
    .default(2048)
    .describe('Memory of the machine that bakes, MiB.'),
  builder_size: z
    .string()
    .regex(/^[1-9]\d*[gt]$/i, 'expected a number with unit g or t, like 64g')
    .default('64g')
    .describe('Size of the disk of `--builder vm`. Its file grows with what is in it.'),
  builder_memory: wholeNumber(2048, 1024 * 1024, 'MiB, and Poudriere cannot build with less')
    .default(8192)
    .describe(
      'Memory of `--builder vm`, MiB. Ports that are built rather than fetched need 2048 per processor.',
    ),
  cpus: wholeNumber(1, 255, 'more than 255 processors QEMU does not give a machine')
    .optional()
    .describe('Processors of either machine. Default: those of this host, at most four.'),
});

export type BakeConfig = z.infer<typeof bakeSchema>;
