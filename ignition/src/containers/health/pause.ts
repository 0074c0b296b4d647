/** Milliseconds: short at first, as podman's database may just have been locked. */
const pauses = [500, 1000, 2000, 5000, 10_000, 30_000] as const;

/**
 * How long podman is left alone that has failed.
 *
 * @param failures how often it had failed already.
 * @returns milliseconds.
 */
export function pauseAfter(failures: number): number {
  return pauses[Math.min(failures, pauses.length - 1)] ?? 0;
}
