import { readBytes, type BlockSource } from './block-source.ts';
import { partitionType } from './gpt/guid.ts';
import { readGpt } from './gpt/read.ts';
import { SECTOR, type GptPartition } from './gpt/table.ts';
import { MBR_GPT_PROTECTIVE, protectiveEntry, readMbr } from './mbr.ts';

/** One thing that a bootable FreeBSD disk must have. */
export interface BootFinding {
  readonly what: string;
  readonly ok: boolean;
  /** What was found instead, or where it was found. */
  readonly detail: string;
}

/** Where UFS2 and UFS1 keep their superblock, and where in it the magic number is (sys/ufs/ffs/fs.h). */
const UFS_SUPERBLOCKS = [65536, 8192];
const UFS_MAGIC_AT = 1372;
const UFS_MAGICS = [0x19540119, 0x00011954];

/** Each of the four 256 KiB labels of a pool member holds 128 uberblocks after 128 KiB (sys/contrib/openzfs: vdev_impl.h). */
const ZFS_LABEL_BYTES = 256 * 1024;
const ZFS_UBERBLOCKS_AT = 128 * 1024;
const ZFS_UBERBLOCK_MAGIC = 0x00bab10cn;

/**
 * Looks at everything that firmware and FreeBSD's boot blocks need before the kernel runs: protective MBR, both GPT
 * copies, the EFI system partition, freebsd-boot (amd64, for BIOS) and the labels of the root file system.
 */
export async function checkBootStructure(
  disk: BlockSource,
  architecture: 'amd64' | 'arm64',
): Promise<BootFinding[]> {
  const sectors = Math.floor(disk.size / SECTOR);
  const gpt = await readGpt(disk);
  const atEnd = gpt.backup.ok && gpt.backup.table.myLba === sectors - 1;
  const findings: BootFinding[] = [
    checkMbr(await readBytes(disk, 0, SECTOR), sectors),
    {
      what: 'primary GPT',
      ok: gpt.primary.ok,
      detail: gpt.primary.ok ? `${gpt.partitions.length} partitions` : gpt.primary.problem,
    },
    {
      what: 'backup GPT',
      ok: atEnd,
      detail: gpt.backup.ok ? `in sector ${gpt.backup.table.myLba} of ${sectors}` : gpt.backup.problem,
    },
    await checkEsp(disk, gpt.partitions),
  ];
  if (architecture === 'amd64') findings.push(await checkBootCode(disk, gpt.partitions));
  findings.push(await checkRoot(disk, gpt.partitions));
  return findings;
}

function checkMbr(sector: Buffer, sectors: number): BootFinding {
  const what = 'protective MBR';
  const entries = readMbr(sector) ?? [];
  const cover = protectiveEntry(entries);
  if (cover !== undefined)
    return {
      what,
      ok: cover.sectors === Math.min(sectors - cover.firstLba, 0xffff_ffff),
      detail: `covers ${cover.sectors} of ${sectors} sectors`,
    };
  const hybrid = entries.some((entry) => entry.type === MBR_GPT_PROTECTIVE);
  return { what, ok: hybrid, detail: hybrid ? 'hybrid, left as it is' : 'missing' };
}

async function checkEsp(disk: BlockSource, partitions: readonly GptPartition[]): Promise<BootFinding> {
  const what = 'EFI system partition';
  const esp = ofType(partitions, partitionType.efi);
  if (esp === undefined) return { what, ok: false, detail: 'missing' };
  const sector = await readBytes(disk, esp.firstLba * SECTOR, SECTOR);
  const ok = sector.readUInt16LE(510) === 0xaa55;
  return {
    what,
    ok,
    detail: ok ? `partition ${esp.index}` : `partition ${esp.index} has no FAT boot sector`,
  };
}

async function checkBootCode(disk: BlockSource, partitions: readonly GptPartition[]): Promise<BootFinding> {
  const what = 'freebsd-boot';
  const boot = ofType(partitions, partitionType.freebsdBoot);
  if (boot === undefined) return { what, ok: false, detail: 'missing' };
  const code = await readBytes(disk, boot.firstLba * SECTOR, SECTOR);
  const ok = code.some((byte) => byte !== 0);
  return { what, ok, detail: ok ? `partition ${boot.index}` : `partition ${boot.index} is empty` };
}

async function checkRoot(disk: BlockSource, partitions: readonly GptPartition[]): Promise<BootFinding> {
  const zfs = ofType(partitions, partitionType.freebsdZfs);
  const ufs = ofType(partitions, partitionType.freebsdUfs);
  const root = zfs ?? ufs;
  if (root === undefined)
    return { what: 'root file system', ok: false, detail: 'no freebsd-zfs or freebsd-ufs' };
  const start = root.firstLba * SECTOR;
  const ok = zfs === undefined ? await hasUfs(disk, start) : await hasZfsLabels(disk, start);
  const kind = zfs === undefined ? 'UFS superblock' : 'ZFS labels';
  return { what: 'root file system', ok, detail: `partition ${root.index}${ok ? '' : ' lacks'}: ${kind}` };
}

/** Both labels at the start must hold an uberblock of either byte order. */
async function hasZfsLabels(disk: BlockSource, start: number): Promise<boolean> {
  for (const label of [0, 1]) {
    const at = start + label * ZFS_LABEL_BYTES + ZFS_UBERBLOCKS_AT;
    const ring = await readBytes(disk, at, ZFS_LABEL_BYTES - ZFS_UBERBLOCKS_AT);
    let found = false;
    for (let slot = 0; slot < ring.length; slot += 1024)
      found ||=
        ring.readBigUInt64LE(slot) === ZFS_UBERBLOCK_MAGIC ||
        ring.readBigUInt64BE(slot) === ZFS_UBERBLOCK_MAGIC;
    if (!found) return false;
  }
  return true;
}

async function hasUfs(disk: BlockSource, start: number): Promise<boolean> {
  for (const superblock of UFS_SUPERBLOCKS) {
    const magic = await readBytes(disk, start + superblock + UFS_MAGIC_AT, 4);
    if (UFS_MAGICS.includes(magic.readUInt32LE(0))) return true;
  }
  return false;
}

function ofType(partitions: readonly GptPartition[], type: string): GptPartition | undefined {
  return partitions.find((partition) => partition.type === type);
}
