import type * as z from 'zod';
import { expectation } from './expectation.ts';
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
    const inTable = issue.code === 'invalid_union' ? issue.errors.find(isAboutKeys) : undefined;
    if (inTable !== undefined)
      return inTable.flatMap((inner) => describeIssue({ ...inner, path: [...issue.path, ...inner.path] }));
    if (issue.code !== 'unrecognized_keys') return [line(path, expectation(issue))];
    return issue.keys.map((key) => {
      const known = keysOf(path);
      const meant = closest(key, known);
      const hint = meant === undefined ? `known here: ${known.join(', ')}` : `did you mean \`${meant}\`?`;
      return line([...path, key], `unknown key, ${hint}`);
    });
  }

  function line(path: readonly string[], message: string): string {
    const place = locateKey(text, path);
    const where = place.line === undefined ? file : `${file}:${place.line}`;
    return `${where}: ${place.words === '' ? '' : `${place.words}: `}${message}`;
  }
}

/** Of a value that may be a word or a table: a table was written, and this is what is wrong in it. */
function isAboutKeys(issues: readonly z.core.$ZodIssue[]): boolean {
  return (
    issues.length > 0 && issues.every(({ path, code }) => path.length > 0 || code === 'unrecognized_keys')
  );
}
