/**
 * Shows an argv as a line that a person can paste into sh(1). For display only: podbsd itself never runs such a line.
 */
export function formatArgv(argv: readonly string[]): string {
  return argv.map(quote).join(' ');
}

function quote(word: string): string {
  if (/^[A-Za-z0-9_@%+=:,./-]+$/.test(word)) return word;
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
