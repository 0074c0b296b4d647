import type { System } from '../../system/system.ts';

/** The resolver gives up root's rights, so everybody can read its files, whatever umask podman was called with. */
const readableByAll = 0o044;

/** Replaces a file in a folder that is root's alone; readers see the old text or the new one. */
export function replaceFile(system: System, path: string, text: string): void {
  const staged = `${path}.new`;
  if (system.lstat(staged) !== undefined) system.remove(staged);
  system.writeNew(staged, text, 0o644);
  open(system, staged, '0644');
  system.rename(staged, path);
}

export function readPlain(system: System, path: string): string | undefined {
  return system.lstat(path)?.type === 'file' ? system.readText(path) : undefined;
}

/** Several may make the same folder at the same time. */
export function makeShared(system: System, folder: string): void {
  if (system.lstat(folder) !== undefined) return;
  try {
    system.makeDirectory(folder, 0o755);
  } catch (error) {
    if (system.lstat(folder) === undefined) throw error;
  }
  open(system, folder, '0755');
}

function open(system: System, path: string, mode: string): void {
  const given = system.lstat(path)?.mode ?? readableByAll;
  if ((given & readableByAll) !== readableByAll) system.run(['/bin/chmod', mode, path]);
}
