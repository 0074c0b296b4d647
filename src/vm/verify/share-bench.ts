import type { Argv } from '../../host/host.ts';

/** Mebibytes that each measurement moves: enough for a speed, little enough for software emulation. */
const SIZE_MIB = 24;
export const BENCH_BYTES = SIZE_MIB * 1024 * 1024;

/** Bytes a second of one place. */
export interface Speed {
  readonly write: number;
  readonly read: number;
}

/** A share beside the guest's own disk; only their ratio means the same on every computer. */
export interface ShareBench {
  readonly share: Speed;
  readonly disk: Speed;
}

/**
 * Writes a new file in the guest; the measurement ends when the data have left the guest. The block size is a plain
 * number because FreeBSD's dd, GNU's and busybox's take different letters.
 */
export function writeCommand(file: string): Argv {
  return ['dd', 'if=/dev/zero', `of=${file}`, 'bs=1048576', `count=${SIZE_MIB}`, 'conv=fsync'];
}

/** Reads the file that writeCommand made. A share has to be mounted again in between, or a cache is measured. */
export function readCommand(file: string): Argv {
  return ['dd', `if=${file}`, 'of=/dev/null', 'bs=1048576'];
}

/**
 * The speed that dd reports on standard error, in bytes a second: `25165824 bytes transferred in 0.41 secs` (FreeBSD),
 * `25165824 bytes (24.0MB) copied, 0.41 seconds` (busybox), `... copied, 0.41 s` (GNU).
 * @returns undefined when there is no such line, or no time has passed.
 */
export function ddSpeed(stderr: string): number | undefined {
  const line = /^(\d+) bytes (?:transferred in|\([^)]*\) copied,) ([\d.]+(?:e-?\d+)?) s/m.exec(stderr);
  const [bytes, seconds] = [Number(line?.[1]), Number(line?.[2])];
  return Number.isFinite(bytes / seconds) ? bytes / seconds : undefined;
}

/** How the share compares to the disk: 0.5 is half as fast. */
export function shareRatio({ share, disk }: ShareBench): Speed {
  return { write: share.write / disk.write, read: share.read / disk.read };
}

/** Two lines for people, e.g. `share write   24.0 MB/s    39% of the guest's own disk (61.5 MB/s)`. */
export function formatShareBench(bench: ShareBench): readonly string[] {
  const ratio = shareRatio(bench);
  return (['write', 'read'] as const).map(
    (way) =>
      `share ${way.padEnd(5)} ${megabytes(bench.share[way]).padStart(11)}  ${percent(ratio[way]).padStart(5)} of the guest's own disk (${megabytes(bench.disk[way])})`,
  );
}

function megabytes(bytesPerSecond: number): string {
  return `${(bytesPerSecond / 1e6).toFixed(1)} MB/s`;
}

function percent(ratio: number): string {
  return `${(ratio * 100).toFixed(0)}%`;
}
