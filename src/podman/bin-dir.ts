import { realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** `$BINDIR` at the beginning of a folder is that of the podman program itself, links followed (containers/common). */
export function expandBinDir(folders: readonly string[], podman: string | undefined): string[] {
  return folders.flatMap((folder) => {
    const rest = /^\$BINDIR(\/.*)?$/.exec(folder);
    if (rest === null) return [folder];
    return podman === undefined ? [] : [join(dirname(realpathSync(podman)), rest[1] ?? '')];
  });
}

/** Where distributors that keep each package in a folder of its own (nixpkgs, Homebrew) build in their helpers. */
export function besidePodman(podman: string | undefined): string[] {
  return expandBinDir(['$BINDIR/../libexec/podman', '$BINDIR/../lib/podman'], podman);
}
