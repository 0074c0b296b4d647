import * as z from 'zod';

/** The [export] table: in which forms the finished disk is written. */
export const exportSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/, 'letters, digits, _ . and - only')
    .optional()
    .describe('Base name of the files. Default: podbsd-VERSION-ARCHITECTURE.'),
  formats: z
    .array(z.enum(['qcow2', 'raw', 'qcow2.zst', 'raw.zst', 'vhdx']))
    .min(1)
    .default(['qcow2', 'raw.zst'])
    .describe('qcow2 is for QEMU; raw, often compressed as raw.zst, for podman on a Mac; vhdx for Hyper-V.'),
  signing_key: z
    .string()
    .optional()
    .describe('A minisign or OpenPGP secret key file that signs the checksums, relative to this file.'),
});

export type ExportConfig = z.infer<typeof exportSchema>;
