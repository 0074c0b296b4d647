import { join } from 'node:path';
import { ExitCode, PodbsdError } from '../ground/errors.ts';
import { exists } from '../ground/exists.ts';
import { hashFile } from '../disk/hash.ts';
import type { Guest } from './bundle.ts';

/** SHA-256 of files in a folder, by their names. */
export async function fingerprints(
  folder: string,
  names: readonly string[],
): Promise<Record<string, string>> {
  const entries = names.map(async (name) => [name, (await hashFile(join(folder, name))).sha256] as const);
  return Object.fromEntries(await Promise.all(entries));
}

/**
 * Files in a guest's folder that `create` would overwrite although they were edited since it wrote them.
 * @param before the guest in that folder; undefined when there is none, and no file there is podbsd's.
 */
export async function editedFiles(
  folder: string,
  names: readonly string[],
  before: Guest | undefined,
): Promise<string[]> {
  const edited: string[] = [];
  for (const name of names) {
    const path = join(folder, name);
    if (!(await exists(path))) continue;
    if (before?.made?.[name] !== (await hashFile(path)).sha256) edited.push(path);
  }
  return edited;
}

export function refuseOtherGuest(folder: string, name: string, before: Guest): void {
  if (before.name === name) return;
  throw new PodbsdError({
    doing: `making the guest ${name}`,
    problem: `${folder} holds the guest ${before.name}, whose keys and disk it would lose`,
    remedy: `give another folder with --out, or make ${before.name} again`,
    exitCode: ExitCode.usage,
  });
}

export function refuseEdited(name: string, edited: readonly string[]): PodbsdError {
  return new PodbsdError({
    doing: `making the guest ${name} again`,
    problem: `these files were changed since podbsd alpine create wrote them: ${edited.join(', ')}`,
    remedy: `keep them, give another folder with --out, or overwrite them with --force, which discards the changes`,
    exitCode: ExitCode.usage,
  });
}
