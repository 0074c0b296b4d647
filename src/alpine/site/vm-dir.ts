import { ask } from '../../host/ask.ts';
import type { Site } from './site.ts';

/** Where vm-bhyve keeps its guests. */
export interface VmDir {
  /** The folder, e.g. `/vm`. */
  readonly path: string;
  /** The ZFS dataset behind it when vm-bhyve makes one for each guest, e.g. `zroot/vm`. */
  readonly dataset?: string;
}

/** vm-bhyve's folder as rc.conf sets it (`vm_dir`, a path or `zfs:DATASET`); undefined when it is not set up. */
export async function findVmDir(site: Site): Promise<VmDir | undefined> {
  const value = await ask(site.host, ['sysrc', '-n', 'vm_dir']);
  if (value === undefined || value === '') return undefined;
  if (!value.startsWith('zfs:')) return { path: value };
  const dataset = value.slice('zfs:'.length);
  const mountpoint = await ask(site.host, ['zfs', 'get', '-H', '-o', 'value', 'mountpoint', dataset]);
  return mountpoint?.startsWith('/') === true ? { path: mountpoint, dataset } : undefined;
}
