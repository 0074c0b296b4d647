import { stringify } from 'smol-toml';
import { compareVersions } from '../ground/versions.ts';
import type { PodmanVersion } from './version.ts';

/** podman looks into the folder that this variable names before it looks into any other. */
export const HELPER_VARIABLE = 'CONTAINERS_HELPER_BINARY_DIR';

/**
 * How the drop-in points podman to podbsd's helpers. `env` adds HELPER_VARIABLE to the variables that are set already:
 * podman's own list of folders, whatever a distribution has compiled in, stays and is searched afterwards. `list`
 * replaces that list, for podman before 4.8, which treats `{append = true}` as an error and ignores the file.
 */
export type DropInForm = 'env' | 'list';

/** The first podman whose lists take attributes (containers/common 0.57). */
const FIRST_WITH_APPEND = '4.8';

/** The form for a podman; one that is not installed yet, or has an unknown version, counts as a new one. */
export function dropInForm(version: PodmanVersion | undefined): DropInForm {
  return version === undefined || compareVersions(version.text, FIRST_WITH_APPEND) >= 0 ? 'env' : 'list';
}

/** The first line of the drop-in; a file without it is not podbsd's and is left alone. */
export const dropInMark = '# Made by `podbsd setup-podman`; `podbsd setup-podman --undo` removes it.';

/**
 * The drop-in's text. It only names where helpers are.
 *
 * @param helpers podbsd's folder.
 * @param searched the folders that podman has searched until now; only the form `list` has to repeat them.
 */
export function dropInText(form: DropInForm, helpers: string, searched: readonly string[]): string {
  const engine =
    form === 'env'
      ? { env: [`${HELPER_VARIABLE}=${helpers}`, { append: true }] }
      : { helper_binaries_dir: [...new Set([helpers, ...searched])] };
  return `${dropInMark}\n${stringify({ engine })}`;
}

/** The form that a drop-in of podbsd's has; undefined for other files. */
export function formOf(text: string | undefined): DropInForm | undefined {
  if (text?.startsWith(dropInMark) !== true) return undefined;
  return /^\s*env\s*=/m.test(text) ? 'env' : 'list';
}
