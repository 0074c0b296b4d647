import type { Progress } from './stage.ts';

/** Progress in one line: `building lang/go124, 12 of 40, failed 0`. */
export function progressText(progress: Progress): string {
  const { text, done, total, counts = {} } = progress;
  const parts = [text];
  if (done !== undefined && total !== undefined) parts.push(`${done} of ${total}`);
  return [...parts, ...Object.entries(counts).map(([name, count]) => `${name} ${count}`)].join(', ');
}

/** Estimated seconds left at the average speed so far; undefined when nothing can be estimated yet. */
export function remaining(progress: Progress, elapsedSeconds: number): number | undefined {
  const { done = 0, total = 0 } = progress;
  if (done <= 0 || total <= done || elapsedSeconds < 30) return undefined;
  return (elapsedSeconds / done) * (total - done);
}
