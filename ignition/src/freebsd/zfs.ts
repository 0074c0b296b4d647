import type { System } from '../system/system.ts';
import { runProgram } from './program.ts';

const zfs = '/sbin/zfs';

/** The pool that the root file system lies on, or undefined when it is not ZFS. */
export function rootPool(system: System): string | undefined {
  const result = system.run([zfs, 'list', '-H', '-o', 'name', '/']);
  const dataset = result.out.trim();
  return result.code === 0 && dataset !== '' ? dataset.split('/')[0] : undefined;
}

/** Makes sure that the dataset exists and is mounted. Answers where. */
export function ensureDataset(system: System, dataset: string, mountpoint: string): string {
  const list = [zfs, 'list', '-H', '-o', 'mounted,mountpoint', dataset] as const;
  const found = system.run(list);
  if (found.code !== 0) {
    runProgram(system, [zfs, 'create', '-o', `mountpoint=${mountpoint}`, dataset]);
    return mountpoint;
  }
  const [mounted, place = ''] = found.out.trim().split('\t');
  if (mounted === 'no') runProgram(system, [zfs, 'mount', dataset]);
  return place;
}
