/** What nuageinit's old parser makes of YAML: lists and tables of texts. */
export type Old = string | Old[] | { readonly [key: string]: Old };

/** Plain words that the old parser takes for something else than text. */
const constants = /^(enabled|true|yes|on|disabled|false|no|off|null|Null|NULL|~)$/;
const KEY = /^([A-Za-z0-9][A-Za-z0-9 _-]*):(?: (.*))?$/;

interface Line {
  /** In steps of two spaces. */
  readonly depth: number;
  readonly text: string;
  readonly number: number;
}

/**
 * A double of the parser that FreeBSD's nuageinit(7) had before lyaml (libexec/nuageinit/yaml.lua), stricter than it: it
 * takes only what that one certainly reads as every YAML parser does, and names the line of everything else. No blank
 * lines and comments, which it takes for wrong indentation; no block texts; no tables and lists on one line; no anchors;
 * texts in double quotes without escapes, for it knows none.
 */
export function readAsOldNuageinit(yaml: string): Old {
  const lines = yaml
    .replace(/\n$/, '')
    .split('\n')
    .map((text, index) => toLine(text, index + 1));
  const [value, rest] = readBlock(lines, 0);
  if (rest[0] !== undefined) throw wrong(rest[0], 'invalid indentation');
  return value;
}

function toLine(raw: string, number: number): Line {
  const spaces = /^ */.exec(raw)?.[0].length ?? 0;
  const line = { depth: spaces / 2, text: raw.slice(spaces), number };
  if (line.text === '') throw wrong(line, 'invalid indentation: a blank line');
  if (line.text.startsWith('#')) throw wrong(line, 'invalid indentation: a comment');
  if (!Number.isInteger(line.depth)) throw wrong(line, 'invalid indentation');
  if (/[\t\r]/.test(line.text)) throw wrong(line, 'a control character');
  return line;
}

function readBlock(lines: readonly Line[], depth: number): [Old, readonly Line[]] {
  const [first] = lines;
  if (first?.depth !== depth) throw wrong(first, 'invalid indentation');
  return first.text.startsWith('- ') ? readList(lines, depth) : readTable(lines, depth);
}

function readList(lines: readonly Line[], depth: number): [Old, readonly Line[]] {
  const list: Old[] = [];
  let rest = lines;
  for (let line = rest[0]; line?.depth === depth && line.text.startsWith('- '); line = rest[0]) {
    const inner = line.text.slice(2);
    if (KEY.test(inner)) {
      // The table goes on below the text behind the dash.
      const [table, after] = readTable(
        [{ ...line, depth: depth + 1, text: inner }, ...rest.slice(1)],
        depth + 1,
      );
      list.push(table);
      rest = after;
    } else {
      list.push(scalar(inner, line));
      rest = rest.slice(1);
    }
  }
  return [list, rest];
}

function readTable(lines: readonly Line[], depth: number): [Old, readonly Line[]] {
  const table: Record<string, Old> = {};
  let rest = lines;
  for (let line = rest[0]; line?.depth === depth; line = rest[0]) {
    const [, key, value] = KEY.exec(line.text) ?? [];
    if (key === undefined) throw wrong(line, 'neither a key nor an item');
    if (key in table) throw wrong(line, 'a key for the second time');
    if (value === undefined) [table[key], rest] = readBlock(rest.slice(1), depth + 1);
    else {
      table[key] = scalar(value, line);
      rest = rest.slice(1);
    }
  }
  return [table, rest];
}

function scalar(text: string, line: Line): string {
  const quoted = /^"([^"\\]*)"$/.exec(text);
  if (quoted !== null) return quoted[1] ?? '';
  if (!/^[A-Za-z0-9/]/.test(text)) throw wrong(line, 'no plain text');
  if (/^[\d.:+\s-]+$/.test(text) || constants.test(text)) throw wrong(line, 'no text for the old parser');
  if (/: | #|:$/.test(text)) throw wrong(line, 'two meanings');
  return text;
}

function wrong(line: Line | undefined, problem: string): Error {
  return new Error(`line ${line?.number ?? 'after the last'}: ${problem}: ${line?.text ?? ''}`);
}
