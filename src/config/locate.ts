/** Where a key of a TOML text is set, and how it is written there. */
export interface KeyPlace {
  /** 1 for the first; undefined when nothing of the path is in the text. */
  readonly line: number | undefined;
  /** As the file has it: `[alpine.network] address`, `[[alpine.shares]] target`. */
  readonly words: string;
}

/**
 * Finds the line on which a key of a TOML text is set, so that an error can name it. The parser keeps no positions. When
 * the key itself has no line (it is missing, or inside an inline table), the line of the nearest enclosing key or table is
 * given. The tables of an array (`[[...]]`) have their index, 0 for the first, in the path.
 */
export function locateKey(text: string, path: readonly string[]): KeyPlace {
  const places = keyPlaces(text);
  for (let length = path.length; length > 0; length--) {
    const place = places.get(path.slice(0, length).join('.'));
    if (place === undefined) continue;
    return path.slice(length).reduce(within, place);
  }
  return { line: undefined, words: path.join('.') };
}

/** People count the items of a list from 1. */
function within({ line, words }: KeyPlace, part: string): KeyPlace {
  if (/^\d+$/.test(part)) return { line, words: `${words} (item ${Number(part) + 1})` };
  return { line, words: `${words}${words.endsWith(']') ? ' ' : '.'}${part}` };
}

const TABLE = /^\s*\[(\[?)\s*([^\]]+?)\s*\]\]?/;
const KEY = /^\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*=/;

function keyPlaces(text: string): Map<string, KeyPlace> {
  const found = new Map<string, KeyPlace>();
  /** How many tables of each array there were so far. */
  const counts = new Map<string, number>();
  let table: string[] = [];
  let header = '';
  let insideString: string | undefined;
  for (const [index, line] of text.split('\n').entries()) {
    if (insideString !== undefined) {
      if (line.includes(insideString)) insideString = undefined;
      continue;
    }
    const remember = (path: readonly string[], words: string): void => {
      const name = path.join('.');
      if (!found.has(name)) found.set(name, { line: index + 1, words });
    };
    const [, bracket, name] = TABLE.exec(line) ?? [];
    const key = KEY.exec(line)?.[1];
    if (key !== undefined) {
      const parts = keyParts(key);
      for (const length of parts.keys()) {
        const some = parts.slice(0, length + 1);
        remember([...table, ...some], [header, some.join('.')].join(header === '' ? '' : ' '));
      }
      insideString = openString(line);
    } else if (name !== undefined) {
      const parts = keyParts(name);
      header = bracket === '[' ? `[[${parts.join('.')}]]` : `[${parts.join('.')}]`;
      table = inArrays(parts, counts);
      if (bracket === '[') {
        remember(table, header);
        const array = table.join('.');
        const count = counts.get(array) ?? 0;
        counts.set(array, count + 1);
        table = [...table, String(count)];
      }
      remember(table, header);
    }
  }
  return found;
}

/** A table inside one of an array belongs to the array's last one. */
function inArrays(parts: readonly string[], counts: ReadonlyMap<string, number>): string[] {
  return parts.reduce<string[]>((path, part, index) => {
    const next = [...path, part];
    const count = index === parts.length - 1 ? undefined : counts.get(next.join('.'));
    return count === undefined ? next : [...next, String(count - 1)];
  }, []);
}

function keyParts(key: string): string[] {
  return key.split('.').map((part) => part.trim().replace(/^(["'])(.*)\1$/, '$2'));
}

/** The quotes of a multi-line string that begins on this line and does not end on it. */
function openString(line: string): string | undefined {
  return ['"""', "'''"].find((quotes) => line.split(quotes).length === 2);
}
