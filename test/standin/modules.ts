import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import type { DebianKernel } from './kernel.ts';

/** What FreeBSD's kernel has built in; the stand-in loads it before anything else. */
const AT_BOOT = ['virtio_blk', 'virtio_net', 'button', 'evdev', 'crc32c_generic', 'ext4'];

/** FreeBSD's modules and the Linux drivers that do their work once kldload(8) asks for them. */
const BY_KLDLOAD: Readonly<Record<string, readonly string[]>> = {
  p9fs: ['9p'],
  virtio_p9fs: ['9pnet_virtio', '9p'],
  // Part of Debian's kernel; the double only has to make the device's name.
  virtio_console: [],
};

/** @param first what this processor's kernel needs before anything else. */
export function moduleLists(first: readonly string[] = []): Readonly<Record<string, readonly string[]>> {
  return { boot: [...first, ...AT_BOOT], ...BY_KLDLOAD };
}

/**
 * Writes the modules, decompressed, and for each of the two kinds above a file that lists them in the order in which they
 * can be inserted.
 */
export async function installModules(
  kernel: DebianKernel,
  folder: string,
  lists: Readonly<Record<string, readonly string[]>> = moduleLists(),
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const dependencies = new Map<string, readonly string[]>();
  const ordered = async (name: string, into: string[]): Promise<void> => {
    if (into.includes(name)) return;
    let needs = dependencies.get(name);
    if (needs === undefined) {
      const content = await decompressed(kernel, name);
      if (content === undefined) return;
      await writeFile(join(folder, `${name}.ko`), content);
      needs = dependenciesOf(content);
      dependencies.set(name, needs);
    }
    for (const need of needs) await ordered(need, into);
    into.push(name);
  };
  for (const [list, names] of Object.entries(lists)) {
    const order: string[] = [];
    for (const name of names) await ordered(name, order);
    await writeFile(join(folder, list), order.map((name) => `${name}\n`).join(''));
  }
}

/** undefined for what is built into the kernel. */
async function decompressed(kernel: DebianKernel, name: string): Promise<Uint8Array | undefined> {
  const path = kernel.modules.get(name);
  if (path === undefined) return undefined;
  return (await execa('xz', ['--decompress', '--stdout', path], { encoding: 'buffer' })).stdout;
}

/** The section .modinfo holds NUL-terminated texts, one of them `depends=a,b`. */
function dependenciesOf(module: Uint8Array): string[] {
  const text = Buffer.from(module).toString('latin1');
  const found = /\0depends=([^\0]*)\0/.exec(text)?.[1] ?? '';
  return found
    .split(',')
    .filter((name) => name !== '')
    .map((name) => name.replaceAll('-', '_'));
}
