import { duration } from './duration.ts';

const DAY = 24 * 3600;

/** How old something is, given in seconds: as a duration, and in days from the third one on. */
export function age(seconds: number): string {
  return seconds < 2 * DAY ? duration(Math.max(0, seconds)) : `${Math.floor(seconds / DAY)} days`;
}
