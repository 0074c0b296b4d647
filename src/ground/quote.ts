/** Quotes one word for a POSIX sh. NUL cannot stand in an argv and is refused. */
export function quoteWord(word: string): string {
  if (word.includes('\0')) throw new TypeError('an argument holds a NUL character');
  if (/^[A-Za-z0-9_@%+=:,./-]+$/.test(word)) return word;
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/**
 * Shows an argv as a line that a person can paste into sh(1). For display only: podbsd itself never runs such a line.
 */
export function formatArgv(argv: readonly string[]): string {
  return argv.map(quoteWord).join(' ');
}
