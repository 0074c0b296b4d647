import type { z } from 'zod';
import { locateKey } from './locate.ts';
import { closest } from '../ground/suggest.ts';

/** One line for each thing that is wrong: place, key, and what was expected or meant. */
export function describeProblems(
  issues: readonly z.core.$ZodIssue[],
  file: string,
  text: string,
  keysOf: (path: readonly string[]) => readonly string[],
): string {
  return issues.flatMap((issue) => describeIssue(issue)).join('\n');

  function describeIssue(issue: z.core.$ZodIssue): string[] {
    const path = issue.path.map(String);
    if (issue.code !== 'unrecognized_keys') return [line(path, issue.message)];
    return issue.keys.map((key) => {
      const known = keysOf(path);
      const meant = closest(key, known);
      const hint = meant === undefined ? `known here: ${known.join(', ')}` : `did you mean \`${meant}\`?`;
      return line([...path, key], `unknown key, ${hint}`);
    });
  }

  function line(path: readonly string[], message: string): string {
    const number = locateKey(text, path);
    const key = path.join('.');
    return `${file}${number === undefined ? '' : `:${number}`}: ${key === '' ? '' : `${key}: `}${message}`;
  }
}
