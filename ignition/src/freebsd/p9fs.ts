import type { System } from '../system/system.ts';
import { runProgram, whatFailed } from './program.ts';

/** Shares from the host: p9fs(4) over virtio. */

export interface MountedShare {
  readonly tag: string;
  readonly target: string;
  readonly readOnly: boolean;
}

/** QEMU's limit (MAX_TAG_LEN less the end); podman's virtiofs tags have 36 characters. */
const longestTag = 31;

/** The tag under which the host side offers a share: a longer one is cut. */
export function tagOnHost(tag: string): string {
  return tag.slice(0, longestTag);
}

/**
 * The transport is not loaded by itself everywhere. It is never unloaded: that has panicked a kernel. Answers why it
 * could not be loaded; FreeBSD before 14.4 has none.
 */
export function loadDriver(system: System): string | undefined {
  const argv = ['/sbin/kldload', '-n', 'virtio_p9fs'] as const;
  const result = system.run(argv);
  return result.code === 0 ? undefined : whatFailed(argv, result);
}

/** `dev.virtio_p9fs.0.p9fs_mount_tag: vol0`, one line for each share that the host offers. */
export function presentTags(system: System): string[] {
  const result = system.run(['/sbin/sysctl', 'dev.virtio_p9fs']);
  return [...result.out.matchAll(/^dev\.virtio_p9fs\.\d+\.p9fs_mount_tag: (.*)$/gm)].map(([, tag]) =>
    (tag ?? '').trim(),
  );
}

/** `mount -p` prints fstab(5) lines: tag, target, type, options, two numbers. A target may hold spaces. */
export function mountedShares(system: System): MountedShare[] {
  const lines = runProgram(system, ['/sbin/mount', '-p']).out.split('\n');
  return lines.flatMap((line) => {
    const [, tag, target, options] = /^(\S+)\s+(\/.*?)\s+p9fs\s+(\S+)\s+\d+\s+\d+\s*$/.exec(line) ?? [];
    if (tag === undefined || target === undefined) return [];
    return [{ tag, target: unescaped(target), readOnly: (options ?? '').split(',').includes('ro') }];
  });
}

export function mountShare(system: System, share: MountedShare): void {
  const options = share.readOnly ? (['-o', 'ro'] as const) : [];
  runProgram(system, ['/sbin/mount', '-t', 'p9fs', ...options, share.tag, share.target]);
}

/** Answers why it could not be unmounted. */
export function unmount(system: System, target: string): string | undefined {
  const argv = ['/sbin/umount', target] as const;
  const result = system.run(argv);
  return result.code === 0 ? undefined : whatFailed(argv, result);
}

function unescaped(path: string): string {
  return path.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)));
}
