import { copyFile, mkdir, readFile, appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cachedFolder } from '../support/cache.ts';
import { baseTree } from './base.ts';
import { packCpio } from './cpio.ts';
import { installGuestFiles } from './guest-files.ts';
import { debianKernel } from './kernel.ts';
import { amd64, type Processor } from './processor.ts';

/** What QEMU needs to start the stand-in guest without a disk. */
export interface StandInBoot {
  readonly kernel: string;
  readonly initrd: string;
  readonly append: string;
}

/** `panic=1` makes a broken guest end at once where QEMU does not reboot; vtnet0 is renamed from eth0. */
export const KERNEL_OPTIONS = kernelOptions(amd64);

function kernelOptions({ serial }: Processor): string {
  return `console=${serial} quiet panic=1 net.ifnames=0 rdinit=/init`;
}

/** Packs the whole stand-in guest, with the agent as it is now, into an initramfs in `folder`. */
export async function buildInitramfs(folder: string, processor = amd64): Promise<StandInBoot> {
  const base = await baseTree(processor);
  const packed = await cachedFolder(`${base}-cpio`, (making) => packCpio(base, join(making, 'base.cpio')));
  const ours = join(folder, 'guest');
  await mkdir(ours);
  await installGuestFiles(ours, folder, processor);
  const initrd = join(folder, 'initrd');
  await copyFile(join(packed, 'base.cpio'), initrd);
  const oursPacked = join(folder, 'guest.cpio');
  await packCpio(ours, oursPacked);
  await appendFile(initrd, await readFile(oursPacked));
  const { kernel } = await debianKernel(processor);
  return { kernel, initrd, append: kernelOptions(processor) };
}
