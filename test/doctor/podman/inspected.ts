import { defaultHelperFolders } from '../../../src/podman/containers-conf.ts';
import type { Inspection } from '../../../src/podman/inspect.ts';
import { parsePodmanVersion } from '../../../src/podman/version.ts';

/** A Linux host on which nothing is missing, except what is given otherwise. */
export function inspected(changes: Partial<Inspection> = {}, podman = '5.4.2'): Inspection {
  return {
    system: 'linux',
    architecture: 'amd64',
    osRelease: 'ID=debian\n',
    family: 'debian',
    podman: { path: '/usr/bin/podman', version: parsePodmanVersion(`podman version ${podman}`) },
    qemu: { path: '/usr/bin/qemu-system-x86_64', version: [10, 0] },
    qemuImg: '/usr/bin/qemu-img',
    gvproxy: { path: '/usr/bin/gvproxy', version: '0.8.7' },
    virtiofsd: '/usr/libexec/virtiofsd',
    firmware: true,
    perl: undefined,
    kvm: true,
    kvmBroken: false,
    kvmGroup: 'kvm',
    engine: {
      folders: defaultHelperFolders,
      earlier: undefined,
      overriding: { env: [], list: [] },
      problems: [],
    },
    searched: defaultHelperFolders,
    ...changes,
  };
}
