import { guestPaths } from '../../alpine/guest/installed.ts';
import { vmState } from '../../alpine/guest/state.ts';
import { findVmDir } from '../../alpine/site/vm-dir.ts';
import { messageOf } from '../../ground/errors.ts';
import { diskUsage } from '../../ground/disk-usage.ts';
import type { Host } from '../../host/host.ts';
import { LocalHost } from '../../host/local.ts';
import type { Kept, OnNotice } from './kept.ts';

/** The Alpine guests that podbsd has installed under vm-bhyve, which runs on FreeBSD only. */
export async function guestsKept(
  onNotice: OnNotice,
  host: Host = new LocalHost(),
  platform: NodeJS.Platform = process.platform,
): Promise<Kept[]> {
  if (platform !== 'freebsd') return [];
  const site = { host };
  try {
    const vmDir = await findVmDir(site);
    if (vmDir === undefined) return [];
    const kept: Kept[] = [];
    for (const name of (await host.list(vmDir.path)) ?? []) {
      const { folder, state } = guestPaths(vmDir.path, name);
      if (name.startsWith('.') || (await host.stat(state)) === undefined) continue;
      kept.push({
        ...{ kind: 'guest', name, path: folder, state: await vmState(site, name) },
        bytes: await diskUsage(folder),
        remove: `podbsd alpine rm ${name}`,
      });
    }
    return kept;
  } catch (error) {
    onNotice(`the Alpine guests cannot be looked at: ${messageOf(error)}`);
    return [];
  }
}
