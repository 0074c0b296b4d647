import { ExitCode, PodbsdError } from '../../ground/errors.ts';
import type { Host } from '../../host/host.ts';

/** What a FreeBSD source tree that has p9fs contains: file system, virtio transport, and their modules. */
export const p9fsSources = [
  'sys/fs/p9fs/p9fs_vfsops.c',
  'sys/dev/virtio/p9fs/virtio_p9fs.c',
  'sys/modules/virtio/p9fs/Makefile',
] as const;

/** The kernel modules of an installed system. */
export const p9fsModules = ['boot/kernel/p9fs.ko', 'boot/kernel/virtio_p9fs.ko'] as const;

/** Which of these files are not below a folder of the host. */
export async function absent(
  host: Host,
  folder: string,
  files: readonly string[],
): Promise<readonly string[]> {
  const looked = await Promise.all(
    files.map(async (file) => ((await host.stat(`${folder}/${file}`)) === undefined ? [file] : [])),
  );
  return looked.flat();
}

/** The refusal of a base that cannot mount folders of its host. */
export function withoutP9fs(what: string, problem: string): PodbsdError {
  return new PodbsdError({
    doing: `looking for p9fs in ${what}`,
    problem: `${problem}; without it the guest cannot mount folders of its host`,
    remedy:
      'use FreeBSD 14.4, 15.0 or later, name a [build.patch] that adds p9fs to a source tree, or set [build] allow_missing_p9fs = true',
    exitCode: ExitCode.config,
  });
}
