import { join } from 'node:path';
import * as z from 'zod';
import { ExitCode, PodbsdError } from '../ground/errors.ts';
import type { Host } from '../host/host.ts';
import { bundleFiles } from './bundle-files.ts';

/** What `install` and later commands need to know about a guest; stored with its files. */
export const guestSchema = z.strictObject({
  format: z.literal(1),
  name: z.string(),
  hostname: z.string(),
  uuid: z.string(),
  mac: z.string(),
  engine: z.enum(['podman', 'docker', 'none']),
  /** The fixed address without prefix length; absent with DHCP. */
  address: z.string().optional(),
  mirror: z.string(),
  branch: z.string(),
  overlayReadonly: z.boolean(),
  /** Size of the data disk in megabytes (2^20 bytes); 0 for none. */
  dataMegabytes: z.int(),
  vmDir: z.string(),
  dataset: z.string(),
  switch: z.string(),
  interface: z.string().optional(),
  /** The public part of the host key, as in known_hosts: type and base64. */
  hostKey: z.string(),
  /** Whether podbsd made the key for logging in to the guest; it is then in the same folder as `id_ed25519`. */
  ownKey: z.boolean(),
  /** SHA-256 of the files that users may edit, as podbsd wrote them. Missing in older guests. */
  made: z.record(z.string(), z.string()).optional(),
});

export type Guest = z.infer<typeof guestSchema>;

/** Reads what `create` has written into a folder. */
export async function readGuest(host: Host, folder: string, remedy: string): Promise<Guest> {
  const path = join(folder, bundleFiles.guest);
  const text = await host.readText(path);
  const fail = (problem: string, cause?: unknown): PodbsdError =>
    new PodbsdError({
      doing: `reading the guest in ${folder}`,
      problem,
      remedy,
      exitCode: ExitCode.data,
      cause,
    });
  if (text === undefined) throw fail(`there is no ${path}`);
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (error) {
    throw fail(`${path} is not JSON`, error);
  }
  const result = guestSchema.safeParse(data);
  if (result.success) return result.data;
  throw fail(`${path}: ${z.prettifyError(result.error)}`);
}

export function formatGuest(guest: Guest): string {
  return `${JSON.stringify(guest, undefined, 2)}\n`;
}
