/**
 * The median of how long this takes, milliseconds.
 *
 * @param runs how often it is done.
 * @param before is done before each, and not counted.
 */
export async function median(
  runs: number,
  work: () => Promise<unknown>,
  before: () => Promise<unknown> = async () => undefined,
): Promise<number> {
  const times: number[] = [];
  for (let run = 0; run < runs; run++) {
    await before();
    const start = performance.now();
    await work();
    times.push(performance.now() - start);
  }
  return times.sort((first, second) => first - second)[Math.floor(runs / 2)] ?? Number.NaN;
}
