/** Bytes of the footer at the end of a fixed VHD (Virtual Hard Disk Image Format Specification 1.0). */
export const VHD_FOOTER_BYTES = 512;

const FIXED = 2;
const CHECKSUM_AT = 64;

/**
 * Bytes of the disk in a fixed VHD, which is the raw disk followed by a footer; undefined when the last bytes of the
 * file are no such footer. FreeBSD publishes its `.vhd` files in this form.
 */
export function fixedVhdSize(footer: Buffer, fileBytes: number): number | undefined {
  if (footer.length < VHD_FOOTER_BYTES || footer.toString('latin1', 0, 8) !== 'conectix') return undefined;
  if (footer.readUInt32BE(60) !== FIXED || footer.readUInt32BE(CHECKSUM_AT) !== checksum(footer))
    return undefined;
  const size = Number(footer.readBigUInt64BE(48));
  return size > 0 && size <= fileBytes - VHD_FOOTER_BYTES ? size : undefined;
}

/** The complement of the sum of all bytes but the checksum's own. */
function checksum(footer: Buffer): number {
  let sum = 0;
  for (const [at, byte] of footer.entries()) if (at < CHECKSUM_AT || at >= CHECKSUM_AT + 4) sum += byte;
  return ~sum >>> 0;
}
