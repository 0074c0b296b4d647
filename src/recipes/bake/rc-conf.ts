/** A variable of rc.conf(5). */
export interface RcSetting {
  readonly name: string;
  readonly value: string;
}

/**
 * Reads the plain form of rc.conf(5): one `name="value"` per line, without substitutions. It is podbsd's own file that
 * is read so; one that needs sh to be understood cannot be merged setting by setting.
 * @throws Error that names the line.
 */
export function parseRcConf(text: string): readonly RcSetting[] {
  return text.split('\n').flatMap((line, index) => {
    if (/^\s*(#|$)/.test(line)) return [];
    const [, name, value] = /^([A-Za-z_][A-Za-z0-9_]*)="([^"$`\\]*)"\s*(?:#.*)?$/.exec(line) ?? [];
    if (name === undefined || value === undefined)
      throw new Error(`rc.conf line ${index + 1} is not of the form name="value": ${line}`);
    return [{ name, value }];
  });
}

/** The names of all variables that a file sets, whatever their values are. */
export function rcNames(text: string): ReadonlySet<string> {
  return new Set([...text.matchAll(/^[ \t]*([A-Za-z_][A-Za-z0-9_]*)\+?=/gm)].map((match) => match[1] ?? ''));
}
