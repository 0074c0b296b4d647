import * as z from 'zod';

const address = z
  .string()
  .regex(/^https?:\/\/[^\s/?#]+[^\s?#]*$/, 'expected an address like https://download.freebsd.org')
  .overwrite((url) => url.replace(/\/+$/, ''));

/** The [download] table: where FreeBSD itself is fetched from. */
export const downloadSchema = z.strictObject({
  mirrors: z
    .array(address)
    .min(1)
    .default(['https://download.freebsd.org'])
    .describe(
      'Servers that have the folders of https://download.freebsd.org (releases, snapshots), in the order in which they are tried.',
    ),
  archive: address
    .default('https://ftp-archive.freebsd.org/pub/FreeBSD-Archive/old-releases')
    .describe(
      'Server for ended releases, which no mirror has any longer. Its folders are those of a mirror below releases.',
    ),
  directory: z
    .string()
    .min(1)
    .optional()
    .describe(
      'A folder with the images of FreeBSD, relative to this file, that is used instead of the network: the files alone, or a copy of a mirror. A CHECKSUM.SHA256 beside an image is checked.',
    ),
  updates: address
    .default('http://update.freebsd.org')
    .describe(
      "Server of freebsd-update(8), which says what the newest patch of a release is. Its answers are signed, and FreeBSD's has no https.",
    ),
  updates_key: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'expected a SHA-256 of 64 lower-case hexadecimal digits')
    .default('800651ef4b4c71c27e60786d7b487188970f4b4169cc055784e21eb71d410cc5')
    .describe('SHA-256 of the public key that signs them; KeyPrint in freebsd-update.conf(5).'),
});

export type DownloadConfig = z.infer<typeof downloadSchema>;
