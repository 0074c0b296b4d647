/** The polynomial of Castagnoli, lowest bit first. */
const POLYNOMIAL = 0x82f6_3b78;

/** CRC-32C (RFC 3720, appendix B.4), which VHDX uses; zlib has only the other one. */
export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffff_ffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ ((crc & 1) * POLYNOMIAL);
  }
  return ~crc >>> 0;
}
