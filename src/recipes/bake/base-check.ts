import { readBytes, type BlockSource } from '../../disk/block-source.ts';
import { partitionType } from '../../disk/gpt/guid.ts';
import { readGpt } from '../../disk/gpt/read.ts';
import { SECTOR } from '../../disk/gpt/table.ts';
import { hasFreebsdPartition } from '../../disk/guest-os.ts';

type Architecture = 'amd64' | 'arm64';

/** What UEFI starts, as the short names in the folders of a FAT volume. */
const loaders: Readonly<Record<Architecture, string>> = { amd64: 'BOOTX64 EFI', arm64: 'BOOTAA64EFI' };
/** The folders of a new EFI system partition lie right behind its allocation tables. */
const FOLDERS_WITHIN = 4 * 1024 * 1024;

/** Why this disk cannot be the base, as far as its first megabytes tell; undefined when it seems usable. */
export async function baseProblem(
  disk: BlockSource,
  architecture: Architecture,
): Promise<string | undefined> {
  if (!(await hasFreebsdPartition(disk))) return 'its partition table has no partition of FreeBSD';
  const found = await architectureOf(disk);
  if (found === undefined || found === architecture) return undefined;
  return `it is for ${found}, and [build] architecture is ${architecture}`;
}

/** The processor that a disk is for. Undefined when its loaders do not say, or say both. */
async function architectureOf(disk: BlockSource): Promise<Architecture | undefined> {
  const { partitions } = await readGpt(disk);
  const esp = partitions.find(({ type }) => type === partitionType.efi);
  if (esp === undefined) return undefined;
  const length = Math.min(FOLDERS_WITHIN, (esp.lastLba - esp.firstLba + 1) * SECTOR);
  const start = await readBytes(disk, esp.firstLba * SECTOR, length);
  const there = (['amd64', 'arm64'] as const).filter((name) => start.includes(loaders[name], 0, 'latin1'));
  return there.length === 1 ? there[0] : undefined;
}
