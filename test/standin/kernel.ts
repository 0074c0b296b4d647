import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { trixiePackages } from '../support/trixie.ts';
import { amd64, type Processor } from './processor.ts';

/** The kernel's own file and the module folders that hold everything that a podman machine's hardware needs. */
const MEMBERS = ({ modules }: Processor): readonly string[] => [
  './boot/vmlinuz-*',
  ...modules.map((pattern) => `./usr/lib/modules/*/kernel/${pattern}`),
  './usr/lib/modules/*/kernel/drivers/block/virtio*',
  './usr/lib/modules/*/kernel/drivers/input/evdev*',
  './usr/lib/modules/*/kernel/drivers/net/net_failover*',
  './usr/lib/modules/*/kernel/drivers/net/virtio_net*',
  './usr/lib/modules/*/kernel/fs/9p/*',
  './usr/lib/modules/*/kernel/fs/ext4/*',
  './usr/lib/modules/*/kernel/fs/fat/*',
  './usr/lib/modules/*/kernel/fs/jbd2/*',
  './usr/lib/modules/*/kernel/fs/mbcache*',
  './usr/lib/modules/*/kernel/fs/netfs/*',
  './usr/lib/modules/*/kernel/fs/nls/*',
  './usr/lib/modules/*/kernel/lib/*',
  './usr/lib/modules/*/kernel/net/9p/*',
  './usr/lib/modules/*/kernel/net/core/failover*',
];

export interface DebianKernel {
  readonly kernel: string;
  /** Compressed modules (`.ko.xz`) by name, with `_` for `-` as the kernel itself does. */
  readonly modules: ReadonlyMap<string, string>;
}

/** Debian 13's kernel. Not the cloud flavour, which lacks 9p. */
export async function debianKernel(processor = amd64): Promise<DebianKernel> {
  const tree = await trixiePackages([processor.kernel], {
    only: MEMBERS(processor),
    followFirstDependency: true,
    ...foreign(processor),
  });
  const boot = await readdir(join(tree, 'boot'));
  const kernel = boot.find((name) => name.startsWith('vmlinuz-'));
  if (kernel === undefined) throw new Error(`no kernel in ${tree}`);
  const files = await readdir(join(tree, 'usr/lib/modules'), { recursive: true });
  const modules = files
    .filter((file) => file.endsWith('.ko.xz'))
    .map((file) => [moduleName(file), join(tree, 'usr/lib/modules', file)] as const);
  return { kernel: join(tree, 'boot', kernel), modules: new Map(modules) };
}

/** Which packages to ask for: those of the host's own kind are asked for without naming it. */
export function foreign({ architecture }: Processor): { readonly architecture?: string } {
  return architecture === 'amd64' ? {} : { architecture };
}

function moduleName(file: string): string {
  return (file.split('/').at(-1) ?? '').replace(/\.ko\.xz$/, '').replaceAll('-', '_');
}
