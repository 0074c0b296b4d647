import { readFileSync, statSync } from 'node:fs';
import { parse } from 'smol-toml';
import { fileProblem } from '../ground/file-problem.ts';
import { messageOf } from '../ground/errors.ts';
import { HELPER_VARIABLE } from './drop-in.ts';

/** Where podman looks for its helpers when no configuration says otherwise (containers/common, on Linux). */
export const defaultHelperFolders: readonly string[] = [
  '/usr/local/libexec/podman',
  '/usr/local/lib/podman',
  '/usr/libexec/podman',
  '/usr/lib/podman',
];

/** The same on macOS (config_darwin.go); podman's own installer builds in its folder as the first. */
export const macosHelperFolders: readonly string[] = [
  '/opt/podman/bin',
  '$BINDIR/../libexec/podman',
  '/usr/local/opt/podman/libexec/podman',
  '/opt/homebrew/opt/podman/libexec/podman',
  '/opt/homebrew/bin',
  '/usr/local/bin',
  '/usr/local/libexec/podman',
  '/usr/local/lib/podman',
  '/usr/libexec/podman',
  '/usr/lib/podman',
];

/** What podman's configuration, without podbsd's own drop-in, says about where helpers are. */
export interface EngineSettings {
  /**
   * `helper_binaries_dir` as it is written, or the default. A distribution may have compiled in another one, which
   * cannot be seen.
   */
  readonly folders: readonly string[];
  /** A file that podman reads before the drop-in and that sets HELPER_VARIABLE: the first one to set it wins. */
  readonly earlier: string | undefined;
  /** Files that podman reads after the drop-in and that take away what it says, in either of its forms. */
  readonly overriding: { readonly env: readonly string[]; readonly list: readonly string[] };
  /** Files that podbsd cannot read, with the reason. */
  readonly problems: readonly string[];
}

/**
 * Joins the lists of all configuration files as podman does: a later file replaces the list of an earlier one, or adds
 * to it from where `{append = true}` was said to where `{append = false}` is (containers/common, attributedstring).
 *
 * @param files in podman's order (conf-files.ts).
 * @param own podbsd's drop-in, one of them; its content is ignored.
 * @param builtIn the folders where none of them says otherwise.
 */
export function readEngineSettings(
  files: readonly string[],
  own: string,
  builtIn: readonly string[] = defaultHelperFolders,
): EngineSettings {
  let folders = builtIn;
  let appending = false;
  let variables: { readonly name: string; readonly file: string }[] = [];
  let appendingVariables = false;
  let earlier: string | undefined;
  const overriding = { env: [] as string[], list: [] as string[] };
  const problems: string[] = [];
  const ownPlace = files.indexOf(own);
  for (const [place, file] of files.entries()) {
    if (file === own) {
      earlier = variables.find(({ name }) => name === HELPER_VARIABLE)?.file;
      continue;
    }
    try {
      const { list, env } = readEngine(file);
      if (list !== undefined) {
        appending = list.append ?? appending;
        folders = appending ? [...folders, ...list.words] : list.words;
        // The form `list` is for podman that knows no attributes: every later list replaces it.
        if (place > ownPlace) overriding.list.push(file);
      }
      if (env !== undefined) {
        const names = env.words.map((word) => ({ name: word.split('=')[0] ?? '', file }));
        appendingVariables = env.append ?? appendingVariables;
        variables = appendingVariables ? [...variables, ...names] : names;
        // The drop-in has switched appending on for all that follow.
        if (place > ownPlace && env.append === false) overriding.env.push(file);
      }
    } catch (error) {
      problems.push(`${file}: ${messageOf(error).split('\n')[0] ?? ''}`);
    }
  }
  return { folders, earlier, overriding, problems };
}

/** A list of words that may end with an attribute. */
interface AttributedList {
  readonly words: readonly string[];
  readonly append: boolean | undefined;
}

function readEngine(file: string): { list: AttributedList | undefined; env: AttributedList | undefined } {
  const engine = valueOf(parse(readRegular(file)), 'engine');
  return {
    list: attributedList(valueOf(engine, 'helper_binaries_dir')),
    env: attributedList(valueOf(engine, 'env')),
  };
}

/** Reading a FIFO or device would never end. */
function readRegular(file: string): string {
  try {
    if (!statSync(file).isFile()) throw new Error('it is not a file');
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new Error(fileProblem(error), { cause: error });
  }
}

/** podman accepts keys in any case; an exact match comes first. */
function valueOf(table: unknown, key: string): unknown {
  if (typeof table !== 'object' || table === null) return undefined;
  const values = table as Readonly<Record<string, unknown>>;
  return values[key] ?? Object.entries(values).find(([name]) => name.toLowerCase() === key)?.[1];
}

function attributedList(list: unknown): AttributedList | undefined {
  if (!Array.isArray(list)) return undefined;
  const attribute = list.find((item) => typeof item === 'object') as { append?: boolean } | undefined;
  return { words: list.filter((item) => typeof item === 'string'), append: attribute?.append };
}
