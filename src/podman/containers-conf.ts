import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import TOML from '@iarna/toml';
import { messageOf } from '../errors.ts';

/** Where podman looks for its helpers when no configuration says otherwise (containers/common, on Linux). */
export const defaultHelperFolders: readonly string[] = [
  '/usr/local/libexec/podman',
  '/usr/local/lib/podman',
  '/usr/libexec/podman',
  '/usr/lib/podman',
];

/** What the configuration files without podbsd's own say about `[engine] helper_binaries_dir`. */
export interface HelperFolders {
  readonly folders: readonly string[];
  /** A file has set `{append=true}`: later files, ours too, append unless they set it to false. */
  readonly appending: boolean;
  /** Files that podman reads after podbsd's drop-in and that set the list again: podbsd's helpers are not found. */
  readonly overriding: readonly string[];
  /** Files that cannot be read, with the reason. podman itself refuses to work with them. */
  readonly problems: readonly string[];
}

/**
 * Follows podman's own order: /usr/share, /etc, /etc/...conf.d, the user's file, the user's containers.conf.d, each
 * folder sorted by name; a later file replaces the list of an earlier one.
 *
 * @param roots folders that hold containers.conf and containers.conf.d, in that order.
 * @param own podbsd's drop-in, which is passed over.
 */
export function readHelperFolders(roots: readonly string[], own: string): HelperFolders {
  let folders = defaultHelperFolders;
  let appending = false;
  const overriding: string[] = [];
  const problems: string[] = [];
  let ownPassed = false;
  for (const file of roots.flatMap(filesOf)) {
    ownPassed ||= file > own && file.startsWith(join(own, '..'));
    if (file === own) continue;
    try {
      const list = helperList(readFileSync(file, 'utf8'));
      if (list === undefined) continue;
      appending = list.append ?? appending;
      folders = appending ? [...folders, ...list.folders] : list.folders;
      if (ownPassed) overriding.push(file);
    } catch (error) {
      problems.push(`${file}: ${messageOf(error).split('\n')[0] ?? ''}`);
    }
  }
  return { folders, appending, overriding, problems };
}

/**
 * The drop-in's text. It only names where helpers are; the list holds everything that was searched before, since it
 * replaces the earlier one.
 */
export function dropInText(folders: readonly string[], appending: boolean): string {
  // podman before 4.8 knows nothing but words in this list; where `append` is in use podman is younger.
  const list: (string | { append: boolean })[] = appending ? [...folders, { append: false }] : [...folders];
  return `${dropInMark}\n${TOML.stringify({ engine: { helper_binaries_dir: list } })}`;
}

/** The first line of the drop-in; a file without it is not ours and is left alone. */
export const dropInMark = '# Made by `podbsd setup-podman`; `podbsd setup-podman --undo` removes it.';

function filesOf(root: string): string[] {
  const main = join(root, 'containers.conf');
  const folder = join(root, 'containers.conf.d');
  const names = listIfThere(folder).filter((name) => name.endsWith('.conf'));
  const files = names.sort().map((name) => join(folder, name));
  return [...(listIfThere(root).includes('containers.conf') ? [main] : []), ...files];
}

function helperList(text: string): { folders: string[]; append: boolean | undefined } | undefined {
  const engine = TOML.parse(text)['engine'] as { helper_binaries_dir?: unknown } | undefined;
  const list = engine?.helper_binaries_dir;
  if (!Array.isArray(list)) return undefined;
  const attribute = list.find((item) => typeof item === 'object') as { append?: boolean } | undefined;
  return { folders: list.filter((item) => typeof item === 'string'), append: attribute?.append };
}

function listIfThere(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
