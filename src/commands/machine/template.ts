import { ExitCode, PodbsdError } from '../../ground/errors.ts';

/** A Go template as podman takes it for `--format`, as far as scripts use it: fields, `json`, and `table` in front. */
export interface Template {
  /** One line for each entry, and one with headings if it begins with `table`. */
  lines(entries: readonly object[]): string[];
}

const PLACEHOLDER = /\{\{-?\s*(json\s+)?\.([\w.]*)\s*-?\}\}/g;

/** @throws PodbsdError when it asks for more than that. */
export function parseTemplate(text: string): Template {
  const isTable = text.startsWith('table ');
  const row = (isTable ? text.slice('table '.length) : text).replaceAll('\\t', '\t').replaceAll('\\n', '\n');
  const [foreign] = /\{\{.*?(?:\}\}|$)/.exec(row.replace(PLACEHOLDER, '')) ?? [];
  if (foreign !== undefined) throw wrong(text, `${foreign} is not understood`);
  if (row.search(PLACEHOLDER) === -1) throw wrong(text, 'it names no field');
  const fill = (entry: object): string =>
    row.replace(PLACEHOLDER, (_, json: string | undefined, path: string) =>
      shown(field(entry, path, text), json !== undefined),
    );
  const heading = row.replace(PLACEHOLDER, (_, __, path: string) =>
    (path.split('.').at(-1) ?? '').toUpperCase(),
  );
  return {
    lines: (entries) => (isTable ? aligned([heading, ...entries.map(fill)]) : entries.map(fill)),
  };
}

function field(entry: object, path: string, text: string): unknown {
  let value: unknown = entry;
  for (const name of path.split('.').filter((one) => one !== '')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name))
      throw wrong(text, `there is no field ${name}; --format json shows all`);
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}

function shown(value: unknown, asJson: boolean): string {
  if (typeof value === 'string' && !asJson) return value;
  return value === null && !asJson ? '' : JSON.stringify(value);
}

/** Columns are separated by tabs in the template, and by blanks in what is printed. */
export function aligned(lines: readonly string[]): string[] {
  const rows = lines.map((line) => line.split('\t'));
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

function wrong(text: string, problem: string): PodbsdError {
  return new PodbsdError({
    doing: `reading the format ${text}`,
    problem,
    remedy:
      "give table, json, or a template of fields, e.g. '{{.Name}} {{.SSHConfig.Port}}' or '{{json .Volumes}}'",
    exitCode: ExitCode.usage,
  });
}
