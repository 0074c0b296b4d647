import { stat } from 'node:fs/promises';
import { messageOf } from '../../ground/errors.ts';
import type { Share } from '../../vm/share.ts';
import { readWritable } from '../linux/machine-file.ts';
import type { SharedFolder } from './command-line.ts';

/**
 * The shared folders of the machine. podman does not tell its helpers about `:ro`; its description of the machine does.
 * QEMU would not start for a folder that is missing, so that is left out.
 *
 * @param description podman's file.
 * @param note is told of each folder that is left out.
 */
export async function sharesOf(
  folders: readonly SharedFolder[],
  description: string,
  note: (text: string) => void,
): Promise<Share[]> {
  if (folders.length === 0) return [];
  const { writable, notice } = readWritable(description);
  if (notice !== undefined) note(notice);
  const shares: Share[] = [];
  for (const { source, tag } of folders) {
    const problem = await whyNot(source);
    if (problem === undefined)
      shares.push({ source, tag, readOnly: writable !== 'all' && !writable.has(tag) });
    else note(`the folder ${source} is not shared: ${problem}`);
  }
  return shares;
}

async function whyNot(source: string): Promise<string | undefined> {
  try {
    return (await stat(source)).isDirectory() ? undefined : 'it is not a folder';
  } catch (error) {
    return messageOf(error);
  }
}
