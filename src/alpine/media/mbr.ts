/** Bytes per sector. */
export const SECTOR = 512;

/** First sector of the partition: 1 MiB, the alignment that every tool uses. */
export const FIRST_SECTOR = 2048;

/** Partition type "FAT32, addressed by sector number". Alpine looks at the content only; other tools look here. */
const TYPE_FAT32_LBA = 0x0c;

/** A master boot record with one FAT partition that reaches to the end of the disk. */
export function masterBootRecord(totalSectors: number, signature: number): Buffer {
  const sector = Buffer.alloc(SECTOR);
  sector.writeUInt32LE(signature, 440);
  const entry = sector.subarray(446, 462);
  entry.writeUInt8(0, 0);
  // Cylinder, head and sector say "use the sector number" (254 heads, sector 63, cylinder 1023), as fdisk writes it.
  entry.set([0xfe, 0xff, 0xff], 1);
  entry.writeUInt8(TYPE_FAT32_LBA, 4);
  entry.set([0xfe, 0xff, 0xff], 5);
  entry.writeUInt32LE(FIRST_SECTOR, 8);
  entry.writeUInt32LE(totalSectors - FIRST_SECTOR, 12);
  sector.writeUInt16LE(0xaa55, 510);
  return sector;
}
