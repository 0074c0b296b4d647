import * as z from 'zod';
import { configSchema } from './schema.ts';

/** The parts of JSON Schema that the configuration uses. */
interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
}

/** The reference of podbsd.toml in Markdown, made from the schema, so that the two always agree. */
export function configReference(): string {
  const schema = z.toJSONSchema(configSchema, { io: 'input', unrepresentable: 'any' }) as Schema;
  const tables = Object.entries(schema.properties ?? {}).flatMap(([name, table]) =>
    describeTable(name, table),
  );
  return [
    '# Configuration reference',
    '',
    'All commands read `podbsd.toml` in the working directory, or the file named with `--config`. No file and no key is needed: everything has a default. An unknown key is an error, so typos are found.',
    '',
    '<!-- Made by `npm run docs` from the schema in src/config; do not edit. -->',
    ...tables,
    '',
  ].join('\n');
}

function describeTable(path: string, table: Schema): string[] {
  const entries = Object.entries(table.properties ?? {});
  const values = entries.filter(([, value]) => value.properties === undefined);
  const tables = entries.filter(([, value]) => value.properties !== undefined);
  const rows = values.map(
    ([key, value]) => `| \`${key}\` | ${typeOf(value)} | ${defaultOf(value)} | ${textOf(value)} |`,
  );
  return [
    '',
    `## [${path}]`,
    ...(table.description === undefined ? [] : ['', table.description]),
    ...(rows.length === 0 ? [] : ['', '| key | value | default | meaning |', '|---|---|---|---|', ...rows]),
    ...tables.flatMap(([key, value]) => describeTable(`${path}.${key}`, value)),
    ...values.flatMap(([key, value]) =>
      value.items?.properties === undefined ? [] : describeTable(`[${path}.${key}]`, value.items),
    ),
  ];
}

function typeOf(schema: Schema): string {
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${JSON.stringify(value)}\``).join(', ');
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  if (schema.anyOf !== undefined) return [...new Set(schema.anyOf.map(typeOf))].join(' or ');
  if (schema.type === 'array') return `list of ${typeOf(schema.items ?? {})}`;
  if (schema.type === 'object') return 'table';
  return schema.type ?? 'any';
}

function defaultOf(schema: Schema): string {
  return schema.default === undefined ? '' : `\`${JSON.stringify(schema.default).replaceAll('|', '\\|')}\``;
}

function textOf(schema: Schema): string {
  return (schema.description ?? '').replaceAll('|', '\\|').replaceAll('\n', ' ');
}
