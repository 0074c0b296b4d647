/** One of the four entries of a master boot record. */
export interface MbrPartition {
  /** 1 to 4. */
  readonly index: number;
  /** 0x80 for the one to boot from, else 0; anything else is no partition table. */
  readonly status: number;
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
        status: sector.readUInt8(at),
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
