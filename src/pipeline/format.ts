import { formatSize } from '../ground/sizes.ts';
import type { Progress } from './stage.ts';

/** Progress in one line: `building lang/go124, 12 of 40, failed 0`; `downloading, 12 MiB of 640 MiB, 5.1 MiB/s`. */
export function progressText(progress: Progress): string {
  const { text, done, total, unit, rate, counts = {} } = progress;
  const parts = [text];
  const shown = (count: number): string => (unit === 'bytes' ? formatSize(count) : String(count));
  if (done !== undefined && total !== undefined) parts.push(`${shown(done)} of ${shown(total)}`);
  else if (done !== undefined && unit !== undefined) parts.push(shown(done));
  if (rate !== undefined) parts.push(`${shown(Math.round(rate))}/s`);
  return [...parts, ...Object.entries(counts).map(([name, count]) => `${name} ${count}`)].join(', ');
}

/** Estimated seconds left at the present or average speed; undefined when nothing can be estimated yet. */
export function remaining(progress: Progress, elapsedSeconds: number): number | undefined {
  const { done = 0, total = 0, rate } = progress;
  if (rate !== undefined) return rate > 0 && total > done ? (total - done) / rate : undefined;
  if (done <= 0 || total <= done || elapsedSeconds < 30) return undefined;
  return (elapsedSeconds / done) * (total - done);
}
