import { normalize } from 'node:path/posix';
import * as z from 'zod';
import { isFreeFolder } from './alpine-values.ts';
import { absolutePath } from './types.ts';

/** A table of [[alpine.shares]]: a folder of the host in the guest. */
export const share = z.strictObject({
  tag: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,30}$/, 'a tag is 1 to 31 letters, digits, _ . or -')
    .describe('Name of the share.'),
  source: absolutePath.describe('Folder of the FreeBSD host.'),
  target: absolutePath
    .refine((path) => normalize(path) === path, 'expected a path without // and /./')
    .refine(isFreeFolder, 'this folder belongs to the system; choose one like /srv/data or /mnt/data')
    .describe('Path in the guest.'),
  readonly: z.boolean().default(false).describe('Read-only for the guest.'),
});
