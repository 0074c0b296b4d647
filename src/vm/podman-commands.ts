import type { Argv } from '../host/host.ts';
import { shareTag } from './share.ts';

/** A folder of the host as the guest is to have it. */
export interface Volume {
  readonly tag: string;
  /** Absolute path in the guest. */
  readonly target: string;
  readonly readOnly: boolean;
}

/** How a client version makes its volumes appear in the guest. */
export type VolumeMethod =
  /** 4.x to 5.1: 9P mounts over SSH. */
  | '9p-over-ssh'
  /** 5.2 to 5.8: virtiofs mounts over SSH. */
  | 'virtiofs-over-ssh'
  /** 6.0: mount units in the Ignition config; nothing over SSH. */
  | 'mount-units';

/** The mount tag of a machine's volume number `index`: 4.x counts, 5.2 and later name it after its target. */
export function volumeTag(method: VolumeMethod, target: string, index: number): string {
  return method === '9p-over-ssh' ? `vol${index}` : shareTag(target);
}

/**
 * The commands that podman runs over SSH as the machine's user for one volume, one argv for each command of its command
 * lines. Every one must end with 0, or `podman machine start` fails.
 */
export function volumeCommands(method: VolumeMethod, volume: Volume): Argv[] {
  if (method === 'mount-units') return [];
  return [...mkdirCommands(volume.target), mountCommand(method, volume)];
}

/** On Fedora CoreOS / is immutable; podman lifts that for a moment where the target may lie in it. */
function mkdirCommands(target: string): Argv[] {
  const mkdir: Argv = ['sudo', 'mkdir', '-p', target];
  if (target.startsWith('/home') || target.startsWith('/mnt')) return [mkdir];
  return [['sudo', 'chattr', '-i', '/'], mkdir, ['sudo', 'chattr', '+i', '/']];
}

function mountCommand(method: '9p-over-ssh' | 'virtiofs-over-ssh', { tag, target, readOnly }: Volume): Argv {
  if (method === '9p-over-ssh') {
    const ro = readOnly ? ['-o', 'ro'] : [];
    const options = ['-o', 'version=9p2000.L,msize=131072'];
    return ['sudo', 'mount', '-t', '9p', '-o', 'trans=virtio', tag, target, ...options, ...ro];
  }
  const options = `context=system_u:object_r:nfs_t:s0${readOnly ? ',ro' : ''}`;
  return ['sudo', 'mount', '-t', 'virtiofs', tag, target, '-o', options];
}
