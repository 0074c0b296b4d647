/** KiB that are free, of what `df -k -P FOLDER` prints; NaN when it is something else. */
export function freeKib(df: string): number {
  return Number(df.trim().split('\n').at(-1)?.split(/\s+/)[3] ?? Number.NaN);
}
