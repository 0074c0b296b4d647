/** One of the four entries of a master boot record. */
export interface MbrPartition {
  /** 1 to 4. */
  readonly index: number;
  readonly type: number;
  readonly firstLba: number;
  readonly sectors: number;
}

/** Type of the entry that covers a GPT disk for programs which know MBR only. */
export const MBR_GPT_PROTECTIVE = 0xee;
/** FreeBSD's slice type. */
export const MBR_FREEBSD = 0xa5;

const FIRST_ENTRY = 446;
const ENTRY_BYTES = 16;

/** The used entries of sector 0, or undefined when it lacks the 55AA signature. */
export function readMbr(sector: Buffer): MbrPartition[] | undefined {
  if (sector.length < 512 || sector.readUInt16LE(510) !== 0xaa55) return undefined;
  return [0, 1, 2, 3]
    .map((slot) => {
      const at = FIRST_ENTRY + slot * ENTRY_BYTES;
      return {
        index: slot + 1,
        type: sector.readUInt8(at + 4),
        firstLba: sector.readUInt32LE(at + 8),
        sectors: sector.readUInt32LE(at + 12),
      };
    })
    .filter((entry) => entry.type !== 0);
}

/** The one entry that covers a GPT disk. A hybrid MBR has others too, between which its own must stay as it is. */
export function protectiveEntry(entries: readonly MbrPartition[]): MbrPartition | undefined {
  const [only, ...others] = entries;
  return others.length === 0 && only?.type === MBR_GPT_PROTECTIVE ? only : undefined;
}

/** A copy of sector 0 whose protective entry covers a disk of `sectors`; boot code and a hybrid MBR stay. */
export function resizeProtectiveMbr(sector: Buffer, sectors: number): Buffer {
  const changed = Buffer.from(sector);
  const entry = protectiveEntry(readMbr(sector) ?? []);
  if (entry === undefined || entry.firstLba >= sectors) return changed;
  const at = FIRST_ENTRY + (entry.index - 1) * ENTRY_BYTES;
  changed.writeUInt32LE(Math.min(sectors - entry.firstLba, 0xffff_ffff), at + 12);
  return changed;
}

/** Sector 0 of a GPT disk without boot code. */
export function protectiveMbr(sectors: number): Buffer {
  const sector = Buffer.alloc(512);
  // Cylinder, head and sector of the first and last sector, as the UEFI specification has them (5.2.3).
  Buffer.from([0x00, 0x00, 0x02, 0x00, MBR_GPT_PROTECTIVE, 0xff, 0xff, 0xff]).copy(sector, FIRST_ENTRY);
  sector.writeUInt32LE(1, FIRST_ENTRY + 8);
  sector.writeUInt32LE(Math.min(sectors - 1, 0xffff_ffff), FIRST_ENTRY + 12);
  sector.writeUInt16LE(0xaa55, 510);
  return sector;
}
