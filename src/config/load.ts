import { dirname, resolve } from 'node:path';
import TOML from '@iarna/toml';
import * as z from 'zod';
import { ExitCode, PodbsdError, errnoOf, messageOf } from '../ground/errors.ts';
import { fileProblem } from '../ground/file-problem.ts';
import { readConfigText } from './config-text.ts';
import { describeProblems } from './problems.ts';
import { configSchema, type Config } from './schema.ts';

export interface LoadedConfig {
  readonly config: Config;
  /** The file that was read; undefined when there is none and everything has its default. */
  readonly file: string | undefined;
  /** Relative paths in the configuration start here: the folder of the file, or the working directory. */
  readonly folder: string;
}

export interface LoadOptions {
  /** `--config FILE`. Without it podbsd.toml in the working directory is read when there is one. */
  readonly file?: string | undefined;
  readonly cwd?: string;
}

/**
 * Reads the configuration. No file is needed: every key has a default.
 * @throws PodbsdError with exit code `config` that names file, line and key of everything that is wrong.
 */
export async function loadConfig(options: LoadOptions = {}): Promise<LoadedConfig> {
  const cwd = options.cwd ?? process.cwd();
  const file = resolve(cwd, options.file ?? 'podbsd.toml');
  const text = await readConfig(file, options.file !== undefined);
  if (text === undefined) return { config: configSchema.parse({}), file: undefined, folder: cwd };
  return { config: parseConfig(text, options.file ?? 'podbsd.toml'), file, folder: dirname(file) };
}

/** Checks a configuration text. Errors refer to it as `file`. */
export function parseConfig(text: string, file: string): Config {
  const result = configSchema.safeParse(parseToml(text, file));
  if (result.success) return result.data;
  throw configError(file, describeProblems(result.error.issues, file, text, keysAt));
}

async function readConfig(file: string, required: boolean): Promise<string | undefined> {
  try {
    return await readConfigText(file);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' && !required) return undefined;
    throw configError(
      file,
      errnoOf(error) === 'ENOENT' ? 'there is no such file' : fileProblem(error),
      error,
    );
  }
}

function parseToml(text: string, file: string): unknown {
  try {
    return TOML.parse(text);
  } catch (error) {
    const { line, col } = error as { line?: number; col?: number };
    const place = line === undefined ? file : `${file}:${line + 1}:${(col ?? 0) + 1}`;
    const what = messageOf(error).split(/ at row \d/)[0] ?? '';
    const shown = text.split(/\r?\n/)[line ?? -1]?.slice(0, 120) ?? '';
    throw configError(file, `${place}: not valid TOML: ${what}\n${shown}`.trimEnd(), error);
  }
}

function configError(file: string, problem: string, cause?: unknown): PodbsdError {
  return new PodbsdError({
    doing: `reading the configuration ${file}`,
    problem,
    remedy: 'correct the file; podbsd.toml in the podbsd folder shows every key with its meaning and default',
    exitCode: ExitCode.config,
    cause,
  });
}

/** The keys that the schema knows in the table at this path. */
function keysAt(path: readonly string[]): readonly string[] {
  let schema: unknown = configSchema;
  for (const key of path) schema = objectIn(schema)?.shape[key];
  return Object.keys(objectIn(schema)?.shape ?? {});
}

/** Looks through default(), prefault(), optional() and union() for the object schema inside. */
function objectIn(schema: unknown): z.ZodObject | undefined {
  if (schema instanceof z.ZodObject) return schema;
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault || schema instanceof z.ZodOptional)
    return objectIn(schema.unwrap());
  if (schema instanceof z.ZodUnion) return schema.options.map(objectIn).find((found) => found !== undefined);
  return undefined;
}
