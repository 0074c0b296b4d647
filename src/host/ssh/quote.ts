import { quoteWord } from '../../ground/quote.ts';

/**
 * SSH has no argv: an exec request carries one string, and the server hands it to the login shell of the account (RFC
 * 4254, section 6.5). This file is the only place in podbsd where words become such a string.
 */

/**
 * The exec request that runs a script in /bin/sh whatever the login shell is.
 *
 * Root's shell on older FreeBSD installations is csh, where `!` and a newline are special even between single quotes;
 * in fish the backslash is. A script with any of them is sent as octal escapes that printf(1) decodes.
 */
export function shRequest(script: string): string {
  if (!/[!\\\n\r]/.test(script)) return `/bin/sh -c ${quoteWord(script)}`;
  const escaped = Buffer.from(script, 'utf8')
    .toString('latin1')
    .replace(/[^A-Za-z0-9_@%+=:,./ -]/g, octal);
  return `/bin/sh -c 'eval "$(printf %b "${escaped}")"'`;
}

/** The escape `\0ooo` of printf's %b conversion for one byte. */
function octal(byte: string): string {
  return `\\0${byte.charCodeAt(0).toString(8).padStart(3, '0')}`;
}
