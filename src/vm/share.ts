import { createHash } from 'node:crypto';

/** QEMU and FreeBSD's virtio_p9fs both limit a 9P mount tag to 31 characters. */
export const MAX_9P_TAG = 31;

/** A folder of the host that is shared with the machine. */
export interface Share {
  /** The name under which the guest mounts it. */
  readonly tag: string;
  /** Absolute path on the host. */
  readonly source: string;
  readonly readOnly: boolean;
}

/** The mount tag that podman 5.2 and later give a volume: the first 36 hex digits of SHA-256 of its target. */
export function shareTag(target: string): string {
  return createHash('sha256').update(target).digest('hex').slice(0, 36);
}
