import { InvalidArgumentError } from 'commander';

/** Reads an option that is a number of seconds. */
export function seconds(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('expected a whole number of seconds');
}
