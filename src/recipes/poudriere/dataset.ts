import type { Argv } from '../../host/host.ts';
import type { BuildPaths } from './paths.ts';

/** Asks for the mount points of a dataset and all below it; fails when there is no such dataset. */
export function mountsQuestion(pool: string, dataset: string): Argv {
  const wanted = ['-t', 'filesystem', '-o', 'value,source', 'mountpoint'] as const;
  return ['zfs', 'get', '-H', '-r', ...wanted, `${pool}/${dataset}`];
}

/**
 * Where a dataset is mounted that podbsd's Poudriere did not make for this build directory; undefined when it is ours
 * or does not exist. Poudriere puts its folders below BASEFS by setting their mount points. Those in between may have
 * inherited theirs from the pool (3.4 makes `jails` so), which says nothing.
 * @param answer what `mountsQuestion` printed.
 */
export function foreignMount(answer: string, { base }: Pick<BuildPaths, 'base'>): string | undefined {
  const mounts = answer
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('\t'));
  const set = mounts.filter(([path, source]) => source === 'local' && path !== 'none' && path !== 'legacy');
  const isOurs = ([path = '']: readonly string[]): boolean => path === base || path.startsWith(`${base}/`);
  const foreign = set.find((mount) => !isOurs(mount)) ?? (set.length === 0 ? mounts[0] : undefined);
  return foreign?.[0];
}
