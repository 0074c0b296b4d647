import { readFileSync } from 'node:fs';
import { errnoOf } from '../../ground/errors.ts';
import { fileProblem } from '../../ground/file-problem.ts';
import { shareTag } from '../../vm/share.ts';

/** Which volumes of a machine may be written: those of these tags alone, or all. */
export type Writable = ReadonlySet<string> | 'all';

/**
 * The tags of the volumes that podman's description of a machine (`NAME.json`) calls writable. podman 5 and 6 tell
 * `:ro` neither to virtiofsd nor to QEMU, and 6 not to the guest either: it is only written here. A volume that the
 * description does not know is not among them.
 */
export function writableTags(machineJson: string): Set<string> {
  const { Mounts } = JSON.parse(machineJson) as { Mounts?: readonly unknown[] | null };
  return new Set(
    (Mounts ?? []).flatMap((mount) => {
      const { ReadOnly, Tag, Target } = mount as { ReadOnly?: unknown; Tag?: unknown; Target?: unknown };
      if (ReadOnly !== false) return [];
      return [
        ...(typeof Tag === 'string' && Tag !== '' ? [Tag] : []),
        ...(typeof Target === 'string' ? [shareTag(Target)] : []),
      ];
    }),
  );
}

/**
 * What podman's description says, read from its file. Without a file (podman needs it itself, so the layout must be an
 * unknown one) nothing distinguishes the volumes, and they stay as podman mounts them. A file that exists but cannot be
 * read is different: some of the volumes may have been given with `:ro`, and files that a guest overwrites are lost,
 * while a folder that cannot be written is noticed at once and fixed by the next start. So then none is writable, and
 * the notice says why.
 */
export function readWritable(
  machineFile: string | undefined,
  read: (path: string) => string = (path) => readFileSync(path, 'utf8'),
): { readonly writable: Writable; readonly notice?: string } {
  if (machineFile === undefined) return { writable: 'all' };
  try {
    return { writable: writableTags(read(machineFile)) };
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return { writable: 'all' };
    return {
      writable: new Set(),
      notice:
        `all shared folders are read-only: ${machineFile} says which were given with :ro, and cannot be read ` +
        `(${fileProblem(error)})`,
    };
  }
}
