/**
 * Reads a list of ports: one origin per line, # begins a comment. Poudriere 3.4's `image -f` allows no comments, so
 * what is given to Poudriere is formatted again by formatPackageList.
 */
export function parsePackageList(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim())
    .filter((line) => line !== '');
}

/** One origin per line, each once, in the given order. */
export function formatPackageList(origins: readonly string[]): string {
  return [...new Set(origins)].map((origin) => `${origin}\n`).join('');
}
