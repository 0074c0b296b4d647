import { dirname, join } from 'node:path';
import { helperProgram, helperScript } from '../../bundles/helpers.ts';
import type { StandIns } from '../stand-ins.ts';
import { HELPER_FOLDERS, folderListText } from './helper-folders.ts';
import { KVM_VERDICT, type KvmVerdict } from './kvm.ts';

/** For podman under Linux, which runs QEMU and, since 5.2, one virtiofsd for each volume. */
export const linuxStandIns: StandIns = {
  purpose: `Since 5.2 podman shares folders with its machines by virtiofs, for which FreeBSD has no driver. This command puts two
small programs where podman looks first: one stands before QEMU and offers the same folders by 9P, the other stands in
for virtiofsd.`,

  consoles: (paths) => join(paths.console, 'NAME.log'),

  async items({ helpers, lib }, found) {
    const qemu = await helperScript('linux', 'qemu-system');
    const searched = found.searched.filter((folder) => folder !== helpers);
    const verdict: KvmVerdict = found.kvmBroken ? 'broken' : 'not known to be broken';
    const gvproxy = found.gvproxy?.path;
    // podman does not look for gvproxy in PATH.
    const linkGvproxy = gvproxy !== undefined && !searched.includes(dirname(gvproxy));
    return [
      { path: join(lib, 'podman-helper.mjs'), content: await helperProgram(), mode: 0o644 },
      { path: join(lib, KVM_VERDICT), content: `${verdict}\n`, mode: 0o644 },
      { path: join(lib, HELPER_FOLDERS), content: folderListText(searched), mode: 0o644 },
      { path: join(lib, 'node'), target: process.execPath },
      { path: join(helpers, 'qemu-system-x86_64'), content: qemu, mode: 0o755 },
      { path: join(helpers, 'qemu-system-aarch64'), content: qemu, mode: 0o755 },
      { path: join(helpers, 'virtiofsd'), content: await helperScript('linux', 'virtiofsd'), mode: 0o755 },
      ...(linkGvproxy ? [{ path: join(helpers, 'gvproxy'), target: gvproxy }] : []),
    ];
  },
};
