import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAbandoned } from '../../ground/abandoned.ts';
import { diskUsage } from '../../ground/disk-usage.ts';
import { programOutput } from '../../host/run-program.ts';
import { imageStore } from '../../images/store.ts';
import { machinePlaces } from '../../machine/places.ts';
import type { Kept } from './kept.ts';

/** Folders of podbsd below the folder for temporary files, each with six letters that mkdtemp(3) has chosen. */
export const temporary = /^podbsd-(alpine|disk|doctor|probe|sign|ssh|vm)-[A-Za-z0-9]{6}$/;
/** Folders in which an image, a machine or its removal was under way. */
const unfinished = /^\.((removing|making)-.+-[A-Za-z0-9]+|adding-[A-Za-z0-9]{6})$/;

/**
 * What killed podbsds have left behind: half-made machines, half-removed images, and folders for temporary files. Only
 * what has podbsd's own name, belongs to this user, was not touched for an hour and is named by no process.
 */
export async function leftovers(env: NodeJS.ProcessEnv = process.env, now = Date.now()): Promise<Kept[]> {
  const places = [
    [tmpdir(), temporary],
    [imageStore(env), unfinished],
    [machinePlaces(env).data, unfinished],
  ] as const;
  const candidates: string[] = [];
  for (const [folder, pattern] of places)
    for (const name of await readdir(folder).catch(() => []))
      if (pattern.test(name) && (await isAbandoned(join(folder, name), now)))
        candidates.push(join(folder, name));
  if (candidates.length === 0) return [];
  const processes = await programOutput(['ps', '-axww', '-o', 'args=']);
  // Where nobody can say what runs, nothing is taken away from it.
  if (processes === undefined) return [];
  const found: Kept[] = [];
  for (const path of candidates.filter((one) => !processes.includes(one)))
    found.push({
      kind: 'leftover',
      name: 'of an interrupted command',
      path,
      state: 'abandoned',
      bytes: await diskUsage(path),
      remove: 'podbsd clean',
    });
  return found;
}
