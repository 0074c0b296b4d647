import { chmod, mkdir } from 'node:fs/promises';
import type { MachineFolder } from '../machine-folder.ts';
import type { Volume } from '../podman-commands.ts';
import type { SharedVolume } from './guest.ts';

/** Makes the host's folder of a volume, below the machine's private folder. */
export async function makeSharedVolume(folder: MachineFolder, volume: Volume): Promise<SharedVolume> {
  const source = folder.file(`host-${volume.tag}`);
  await mkdir(source);
  // Run by root, the machine's user has another uid than we have.
  await chmod(source, 0o777);
  return { ...volume, source };
}
