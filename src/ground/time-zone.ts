/** What a guest keeps where nothing better is known. */
const FALLBACK = 'UTC';

/**
 * Whether there is a time zone of that name, in that spelling: it is the name of a file in the guest. A Node.js that
 * was built without the list of zones takes all.
 */
export function isTimeZone(name: string): boolean {
  if (typeof Intl === 'undefined') return true;
  // What it calls a TZ that it does not understand, and accepts itself.
  if (name === 'Etc/Unknown') return false;
  try {
    const { timeZone } = new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions();
    return timeZone === name || timeZone.toLowerCase() !== name.toLowerCase();
  } catch {
    return false;
  }
}

/** The time zone of this host; UTC where it is not known, as with TZ=:/etc/localtime. */
export function localTimeZone(): string {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions() as { readonly timeZone?: string };
  return timeZone !== undefined && isTimeZone(timeZone) ? timeZone : FALLBACK;
}
