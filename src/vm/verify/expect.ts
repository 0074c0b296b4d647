/** Throws an error that says what was looked at, what was found and what should be there. */
export function expectEqual(what: string, found: string, wanted: string): void {
  if (found !== wanted)
    throw new Error(`${what}: ${JSON.stringify(found)} instead of ${JSON.stringify(wanted)}`);
}
