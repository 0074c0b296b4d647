import { FIRST_SECTOR, SECTOR } from './mbr.ts';

/** How a FAT file system of a certain size is laid out. */
export interface FatGeometry {
  readonly type: 'FAT16' | 'FAT32';
  readonly sectorsPerCluster: number;
  /** Sectors of the partition. */
  readonly sectors: number;
}

/** The minimum number of clusters of FAT32 (Microsoft's specification, which mtools and newfs_msdos follow). */
const FAT32_MIN_CLUSTERS = 65_525;
const FAT16_MAX_CLUSTERS = 65_524;

/**
 * Chooses FAT32 where the disk is large enough for a valid one, with clusters as large as that allows up to 4 KiB, and
 * FAT16 below. Other combinations work in Linux, but mtools cannot read them.
 *
 * @param diskBytes size of the whole disk, partition table included.
 */
export function fatGeometry(diskBytes: number): FatGeometry {
  const sectors = Math.floor(diskBytes / SECTOR) - FIRST_SECTOR;
  for (const sectorsPerCluster of [8, 4, 2, 1]) {
    if (fat32Clusters(sectors, sectorsPerCluster) >= FAT32_MIN_CLUSTERS)
      return { type: 'FAT32', sectorsPerCluster, sectors };
  }
  const sectorsPerCluster = [2, 4, 8].find((count) => sectors / count <= FAT16_MAX_CLUSTERS) ?? 8;
  return { type: 'FAT16', sectorsPerCluster, sectors };
}

/** Clusters that are left after the boot sectors (32) and two tables of 4 bytes for each cluster. */
function fat32Clusters(sectors: number, sectorsPerCluster: number): number {
  const tableSectors = Math.ceil((sectors / sectorsPerCluster) * (4 / SECTOR)) * 2;
  return Math.floor((sectors - 32 - tableSectors) / sectorsPerCluster);
}
