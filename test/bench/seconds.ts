import { execa, type Options } from 'execa';

/** How long this takes; seconds. */
export async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}

/** How long a program takes; seconds. What it prints is passed over, and it has to succeed. */
export async function secondsOfProgram(
  argv: readonly [string, ...string[]],
  options: Options = {},
): Promise<number> {
  const [program, ...args] = argv;
  return await secondsOf(() => execa(program, args, { stdout: 'ignore', ...options }));
}
