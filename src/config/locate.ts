/**
 * Finds the line (1 for the first) on which a key of a TOML text is set, so that an error can name it. The parser
 * keeps no positions. When the key itself has no line (it is missing, or inside an inline table), the line of the
 * nearest enclosing key or table is given.
 */
export function locateKey(text: string, path: readonly string[]): number | undefined {
  const lines = keyLines(text);
  for (let length = path.length; length > 0; length--) {
    const line = lines.get(path.slice(0, length).join('.'));
    if (line !== undefined) return line;
  }
  return undefined;
}

const TABLE = /^\s*\[\[?\s*([^\]]+?)\s*\]\]?/;
const KEY = /^\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*=/;

function keyLines(text: string): Map<string, number> {
  const found = new Map<string, number>();
  let table: string[] = [];
  let insideString: string | undefined;
  for (const [index, line] of text.split('\n').entries()) {
    if (insideString !== undefined) {
      if (line.includes(insideString)) insideString = undefined;
      continue;
    }
    const header = TABLE.exec(line)?.[1];
    const key = KEY.exec(line)?.[1];
    if (key !== undefined) {
      const full = [...table, ...keyParts(key)];
      for (let length = table.length + 1; length <= full.length; length++) remember(full.slice(0, length));
      insideString = openString(line);
    } else if (header !== undefined) {
      table = keyParts(header);
      remember(table);
    }
    function remember(path: readonly string[]): void {
      const name = path.join('.');
      if (!found.has(name)) found.set(name, index + 1);
    }
  }
  return found;
}

function keyParts(key: string): string[] {
  return key.split('.').map((part) => part.trim().replace(/^(["'])(.*)\1$/, '$2'));
}

/** The quotes of a multi-line string that begins on this line and does not end on it. */
function openString(line: string): string | undefined {
  return ['"""', "'''"].find((quotes) => line.split(quotes).length === 2);
}
