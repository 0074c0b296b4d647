import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { ExitCode, messageOf, PodbsdError } from './errors.ts';

/**
 * The folders of the XDG Base Directory Specification 0.8: a variable that is unset, empty or not an absolute path
 * counts as not set.
 */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The user's home: HOME, and where that is no absolute path, what the account database says. */
export function home(env: Environment = process.env): string {
  const set = env['HOME'] ?? '';
  if (isAbsolute(set)) return set;
  try {
    // Whenever HOME is set, even to nonsense, Node returns it.
    const entry = homedir();
    if (isAbsolute(entry)) return entry;
  } catch (error) {
    throw homeless(messageOf(error), error);
  }
  throw homeless(`HOME is ${set === '' ? 'empty' : `"${set}"`}, which is no absolute path`);
}

function homeless(problem: string, cause?: unknown): PodbsdError {
  return new PodbsdError({
    doing: "looking for the user's home",
    problem,
    remedy: 'set HOME to your home folder and run the same command again',
    exitCode: ExitCode.host,
    cause,
  });
}

/** Configuration: `$XDG_CONFIG_HOME`, else ~/.config. */
export function configHome(env: Environment = process.env): string {
  return folder(env, 'XDG_CONFIG_HOME') ?? join(home(env), '.config');
}

/** Persistent data: `$XDG_DATA_HOME`, else ~/.local/share. */
export function dataHome(env: Environment = process.env): string {
  return folder(env, 'XDG_DATA_HOME') ?? join(home(env), '.local', 'share');
}

/** Caches: `$XDG_CACHE_HOME`, else ~/.cache. */
export function cacheHome(env: Environment = process.env): string {
  return folder(env, 'XDG_CACHE_HOME') ?? join(home(env), '.cache');
}

/** Sockets and the like of one login: `$XDG_RUNTIME_DIR`; there is no default. */
export function runtimeDir(env: Environment = process.env): string | undefined {
  return folder(env, 'XDG_RUNTIME_DIR');
}

function folder(env: Environment, name: string): string | undefined {
  const value = env[name] ?? '';
  return isAbsolute(value) ? value : undefined;
}
