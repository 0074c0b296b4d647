import { dirname, join } from 'node:path';
import { helperProgram, helperScript } from '../../bundles/helpers.ts';
import type { Item } from '../item.ts';
import { HELPER_FOLDERS, folderListText } from '../linux/helper-folders.ts';
import type { StandIns } from '../stand-ins.ts';

/** What the scripts of front/ source or start; podman must not find these. */
const parts = ['freebsd-disk', 'real-helper', 'guard', 'launch', 'datagram.pl'] as const;

/** For podman on macOS, which runs vfkit or krunkit. */
export const appleStandIns: StandIns = {
  purpose: `On macOS podman runs its machines with vfkit or krunkit, whose devices for Ignition, readiness and shared folders FreeBSD
has no drivers for. This command puts programs of these names where podman looks first, which run QEMU instead.`,
  without: 'not set up: podman gives FreeBSD machines to vfkit or krunkit, which cannot run them',
  consoles: () => '$TMPDIR/podman/NAME.log',

  async items({ helpers, lib }, found) {
    const hypervisor = await helperScript('apple', 'hypervisor');
    // `$BINDIR` stays as it is: Homebrew's podman lies in a folder of its version.
    const searched = found.engine.folders.filter((folder) => folder !== helpers);
    const scripts = await Promise.all(
      parts.map(async (name) => ({
        path: join(lib, name),
        content: await helperScript('apple', name),
        mode: 0o644,
      })),
    );
    return [
      { path: join(lib, 'podman-helper.mjs'), content: await helperProgram('apple'), mode: 0o644 },
      ...scripts,
      { path: join(lib, HELPER_FOLDERS), content: folderListText(searched), mode: 0o644 },
      { path: join(lib, 'node'), target: process.execPath },
      { path: join(helpers, 'vfkit'), content: hypervisor, mode: 0o755 },
      { path: join(helpers, 'krunkit'), content: hypervisor, mode: 0o755 },
      ...(await gvproxyItems(helpers, found)),
    ];
  },
};

/** Without perl a script stands before gvproxy; else a link where podman itself does not look for it. */
async function gvproxyItems(
  helpers: string,
  { perl, gvproxy, searched }: Parameters<StandIns['items']>[1],
): Promise<Item[]> {
  const path = join(helpers, 'gvproxy');
  if (perl === undefined) return [{ path, content: await helperScript('apple', 'gvproxy'), mode: 0o755 }];
  if (gvproxy === undefined || searched.includes(dirname(gvproxy.path))) return [];
  return [{ path, target: gvproxy.path }];
}
