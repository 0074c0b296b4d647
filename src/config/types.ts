import * as z from 'zod';

/** Values that end up in command lines and in files that sh(1) reads, so their characters are limited here. */

export const absolutePath = z
  .string()
  .regex(/^\/[A-Za-z0-9_.+/-]*[A-Za-z0-9_+-]$/, 'expected an absolute path of letters, digits and _ . + - /')
  .refine((path) => !path.split('/').includes('..'), 'must not contain ..');

export const commit = z
  .string()
  .regex(/^[0-9a-f]{40}$/, 'expected a full commit hash of 40 hexadecimal digits');

export const gitUrl = z
  .string()
  .regex(
    /^((https?|ssh|git|file):\/\/|\/|[\w.-]+@[\w.-]+:)\S+$/,
    'expected the URL or absolute path of a git repository',
  );

export const portOrigin = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]*\/[A-Za-z0-9_.+-]+(@[A-Za-z0-9_.-]+)?$/, 'expected a port like editors/vim');

/** A whole number of a range, which an error names together with the reason for it. */
export function wholeNumber(least: number, most: number, reason: string): z.ZodInt {
  const error = `expected a whole number from ${least} to ${most}: ${reason}`;
  return z.int({ error }).min(least, error).max(most, error);
}
