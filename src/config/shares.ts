import * as z from 'zod';

/** The [shares] table: how folders of the host reach the guest. */
export const sharesSchema = z.strictObject({
  message_size: z
    .literal([8, 16, 32, 64, 128, 'stock'], { error: 'expected 8, 16, 32, 64, 128 (KiB) or "stock"' })
    .default(64)
    .describe(
      'Largest 9P message in KiB. FreeBSD\'s own p9fs uses 8, which makes large files slow; "stock" leaves it as it is.',
    ),
});

export type SharesConfig = z.infer<typeof sharesSchema>;
