import type * as z from 'zod';

/** What TOML calls the types that the schema library names, in words for a sentence. */
const names: Readonly<Record<string, string>> = {
  string: 'text in quotes',
  number: 'a number',
  int: 'a whole number',
  bigint: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a table',
  record: 'a table',
  Date: 'a date',
  TomlDate: 'a date',
  NaN: 'no number',
  nan: 'no number',
  Infinity: 'an endless number',
};

/** What was expected of a value, in the words of TOML and not of the schema library. */
export function expectation(issue: z.core.$ZodIssue): string {
  const own = issue.message;
  if (issue.code === 'invalid_type') {
    if (own.endsWith('received undefined')) return 'is missing';
    const [, received] = / received (\w+)$/.exec(own) ?? [];
    if (received === undefined) return own;
    return `expected ${names[issue.expected] ?? issue.expected}, and this is ${names[received] ?? received}`;
  }
  if (issue.code === 'invalid_value' && own.startsWith('Invalid ')) return `expected ${listed(issue.values)}`;
  if (issue.code === 'too_small' && own.startsWith('Too small')) return tooSmall(issue);
  if (issue.code === 'too_big' && own.startsWith('Too big'))
    return `expected at most ${issue.maximum}${counted(issue.origin)}`;
  return own;
}

function tooSmall({ origin, minimum }: z.core.$ZodIssueTooSmall): string {
  if (minimum === 1 && counted(origin) !== '') return 'must not be empty';
  return `expected at least ${minimum}${counted(origin)}`;
}

/** What is counted in a value that is no number itself. */
function counted(origin: string): string {
  return { array: ' items', string: ' characters' }[origin] ?? '';
}

/** `"a"`, `"a" or "b"`, `"a", "b" or "c"`. */
function listed(values: readonly unknown[]): string {
  const words = values.map((value) => JSON.stringify(value));
  return [words.slice(0, -1).join(', '), ...words.slice(-1)].filter((word) => word !== '').join(' or ');
}
