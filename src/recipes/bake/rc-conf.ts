/** A variable of rc.conf(5). */
export interface RcSetting {
  readonly name: string;
  readonly value: string;
}

/**
 * Reads the plain form of rc.conf(5): one `name="value"` per line, without substitutions. Only podbsd's own file is
 * read this way; one that needs sh to be understood cannot be merged setting by setting.
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

/** One assignment on a line of its own, possibly with a comment; its quotes are closed. */
const ASSIGNMENT =
  /^[ \t]*([A-Za-z_][A-Za-z0-9_]*)\+?=(?:"(?:[^"\\]|\\.)*"|'[^']*'|[^\s"'#;&|`$()\\]*)[ \t]*;?[ \t]*(?:#.*)?$/;

/**
 * Merges settings into an rc.conf as sysrc(8) would, which takes half a second for each on an emulated processor: a
 * line of the base that sets one of them, or one that is not wanted, goes, and the settings follow at the end, where
 * they override settings in any other form.
 */
export function mergeRcConf(
  base: string,
  settings: readonly RcSetting[],
  unwanted: readonly string[],
): string {
  const going = new Set([...settings.map(({ name }) => name), ...unwanted]);
  const kept = base
    .trimEnd()
    .split('\n')
    .filter((line) => !going.has(ASSIGNMENT.exec(line)?.[1] ?? ''));
  return [...kept, ...settings.map(({ name, value }) => `${name}="${value}"`), ''].join('\n');
}
