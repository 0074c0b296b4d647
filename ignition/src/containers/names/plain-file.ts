import type { System } from '../../system/system.ts';

/** Replaces a file in a folder that is root's alone; readers see the old text or the new one. */
export function replaceFile(system: System, path: string, text: string): void {
  const staged = `${path}.new`;
  if (system.lstat(staged) !== undefined) system.remove(staged);
  system.writeNew(staged, text, 0o644);
  system.rename(staged, path);
}

export function readPlain(system: System, path: string): string | undefined {
  return system.lstat(path)?.type === 'file' ? system.readText(path) : undefined;
}
