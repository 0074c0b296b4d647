import { readFileSync } from 'node:fs';
import TOML from '@iarna/toml';
import { messageOf } from '../ground/errors.ts';

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
 * Joins the lists of all configuration files as podman does: a later file replaces the list of an earlier one, or adds
 * to it where `{append=true}` was said.
 *
 * @param files in podman's order (conf-files.ts).
 * @param own podbsd's drop-in, one of them; what it says is passed over.
 */
export function readHelperFolders(files: readonly string[], own: string): HelperFolders {
  let folders = defaultHelperFolders;
  let appending = false;
  const overriding: string[] = [];
  const problems: string[] = [];
  const ownPlace = files.indexOf(own);
  // The drop-in ends what earlier files have said of appending.
  let appendingToOwn = false;
  for (const [place, file] of files.entries()) {
    if (file === own) continue;
    try {
      const list = helperList(readFileSync(file, 'utf8'));
      if (list === undefined) continue;
      appending = list.append ?? appending;
      folders = appending ? [...folders, ...list.folders] : list.folders;
      if (place < ownPlace) continue;
      appendingToOwn = list.append ?? appendingToOwn;
      if (!appendingToOwn) overriding.push(file);
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

function helperList(text: string): { folders: string[]; append: boolean | undefined } | undefined {
  const engine = TOML.parse(text)['engine'] as { helper_binaries_dir?: unknown } | undefined;
  const list = engine?.helper_binaries_dir;
  if (!Array.isArray(list)) return undefined;
  const attribute = list.find((item) => typeof item === 'object') as { append?: boolean } | undefined;
  return { folders: list.filter((item) => typeof item === 'string'), append: attribute?.append };
}
