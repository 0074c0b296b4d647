import { z } from 'zod';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'expected a SHA-256 of 64 lower-case hexadecimal digits');

/**
 * SHA-256 of the images of the default release, as FreeBSD published them in June 2026. Keys are file names, as in
 * FreeBSD's CHECKSUM.SHA256.
 */
export const knownImages: Readonly<Record<string, string>> = {
  'FreeBSD-15.1-RELEASE-amd64-BASIC-CLOUDINIT-ufs.qcow2.xz':
    'e4ca4db889f8559c9b9dfcacc70405c038476f4b6d41649b152d3809a2ed9e1f',
  'FreeBSD-15.1-RELEASE-amd64-BASIC-CLOUDINIT-zfs.qcow2.xz':
    '4159e137d4a78f46b62d3523edd9a4dc79fd0cdcf17e34e531342f52333f4131',
  'FreeBSD-15.1-RELEASE-arm64-aarch64-BASIC-CLOUDINIT-ufs.qcow2.xz':
    '9722aea499610802de9a14bb645707fc4f6df49ff765cd9ce372b783c4693963',
  'FreeBSD-15.1-RELEASE-arm64-aarch64-BASIC-CLOUDINIT-zfs.qcow2.xz':
    '0911a033b0a5d060486f92e534f3482c6a2ab96af6abb8a60683eeb24f6746af',
};

/** The [bake] table: how `--recipe bake` makes an image out of one that FreeBSD has published. */
export const bakeSchema = z.strictObject({
  url: z
    .string()
    .regex(/^https?:\/\/\S+$/, 'expected an address that begins with https://')
    .default(
      'https://download.freebsd.org/{folder}/VM-IMAGES/{release}/{processor}/Latest/' +
        'FreeBSD-{release}-{target}-BASIC-CLOUDINIT-{filesystem}.qcow2.xz',
    )
    .describe(
      'Where the base image is. {folder} is releases or snapshots and {release} the full name of [build] release; {processor} is amd64 or aarch64, {target} amd64 or arm64-aarch64; {filesystem} is the next key.',
    ),
  filesystem: z
    .enum(['zfs', 'ufs'])
    .default('zfs')
    .describe('Root file system of the base image. With zfs, containers get layers by clones; ufs copies.'),
  sha256: z
    .record(z.string(), sha256)
    .default({})
    .describe(
      'SHA-256 of base images by file name. podbsd knows those of 15.1-RELEASE; for others it asks the CHECKSUM.SHA256 beside the image.',
    ),
  base_image: z
    .string()
    .min(1)
    .optional()
    .describe('A FreeBSD image of your own instead: raw or qcow2, may be compressed with xz, zstd or gzip.'),
  size: z
    .string()
    .regex(/^[1-9]\d*[gt]$/i, 'expected a number with unit g or t, like 8g')
    .default('8g')
    .describe('Size of the disk. A base image that is larger keeps its own. It grows again at first boot.'),
  memory: z.int().min(512).default(2048).describe('Memory of the machine that bakes, MiB.'),
  builder_size: z
    .string()
    .regex(/^[1-9]\d*[gt]$/i, 'expected a number with unit g or t, like 64g')
    .default('64g')
    .describe('Size of the disk of `--builder vm`. Its file grows with what is in it.'),
  builder_memory: z
    .int()
    .min(2048)
    .default(8192)
    .describe(
      'Memory of `--builder vm`, MiB. Ports that are built rather than fetched need 2048 per processor.',
    ),
  cpus: z
    .int()
    .min(1)
    .optional()
    .describe('Processors of either machine. Default: those of this host, at most four.'),
});

export type BakeConfig = z.infer<typeof bakeSchema>;
