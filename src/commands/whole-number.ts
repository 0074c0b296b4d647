import { InvalidArgumentError } from 'commander';

/**
 * Reads an option that is a whole number of a range, which the error names.
 * @param of what is counted, for the error: `seconds`
 * @throws InvalidArgumentError
 */
export function wholeNumber(least: number, most: number, of?: string): (text: string) => number {
  return (text) => {
    if (/^\d{1,15}$/.test(text) && Number(text) >= least && Number(text) <= most) return Number(text);
    throw new InvalidArgumentError(
      `expected a whole number${of === undefined ? '' : ` of ${of}`} from ${least} to ${most}`,
    );
  };
}

/** A week, seconds: more than anything takes, and a timer cannot count 25 days. */
export const LONGEST_WAIT = 7 * 24 * 3600;

/** Reads a time limit. */
export const seconds = wholeNumber(0, LONGEST_WAIT, 'seconds');
