import type { Host } from '../../host/host.ts';
import { findVmDir } from '../site/vm-dir.ts';
import { guestPaths } from './installed.ts';

/** Guests of vm-bhyve on this host that podbsd has installed; none where vm-bhyve is not set up. */
export async function guestNames(host: Host): Promise<readonly string[]> {
  const vmDir = await findVmDir({ host });
  if (vmDir === undefined) return [];
  const names = (await host.list(vmDir.path)) ?? [];
  const states = await Promise.all(names.map((name) => host.stat(guestPaths(vmDir.path, name).state)));
  return names.filter((_name, index) => states[index] !== undefined);
}
