import { stat } from 'node:fs/promises';
import { refusal, type Lack } from '../ground/lack/lack.ts';
import { expectImage } from './open-image.ts';

/**
 * A file that holds no disk of FreeBSD, as far as that is seen without unpacking it. None for what is no file: folders
 * are looked at when they are read.
 */
export async function lackOfDisk(image: string): Promise<Lack | undefined> {
  if ((await stat(image).catch(() => undefined))?.isFile() !== true) return undefined;
  const lack = await refusal(() => expectImage(image, true));
  return lack === undefined ? undefined : { ...lack, problem: `${image}: ${lack.problem}` };
}
