import { statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** What exists of a path, from the end: the path itself or the folder in which it would be made. */
export function nearestFolder(path: string): string {
  const whole = resolve(path);
  if (whole === dirname(whole)) return whole;
  try {
    statSync(whole);
    return whole;
  } catch {
    return nearestFolder(dirname(whole));
  }
}
