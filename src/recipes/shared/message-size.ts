import type { SharesConfig } from '../../config/shares.ts';

/** The largest 9P message in KiB when it is not the one that FreeBSD's own modules have, which is 8. */
export function largeMessages({ message_size: size }: SharesConfig): number | undefined {
  return size === 'stock' || size === 8 ? undefined : size;
}
