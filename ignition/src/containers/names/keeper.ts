import type { Invocation } from '../../system/invocation.ts';
import { messageOf, type System } from '../../system/system.ts';
import { isNetworkName } from './dns-name.ts';
import { Network } from './network.ts';
import { guestPlaces, type NamesPlaces } from './places.ts';
import { readPlain } from './plain-file.ts';

/**
 * Starts the resolvers again that have died while containers use them. The check is cheap; only when a process is
 * missing the network's lock is taken, without waiting: its holder starts the resolver anyway.
 *
 * @returns what was done or went wrong, a line for each network.
 */
export function reviveResolvers(
  system: System,
  invocation: Pick<Invocation, 'signal' | 'hold'>,
  places: NamesPlaces = guestPlaces,
): string[] {
  const dead = system.list(places.folder).filter((name) => {
    if (!isNetworkName(name)) return false;
    const pid = Number(readPlain(system, `${places.folder}/${name}/pid`)?.trim());
    // Without a pid file it is being started at this moment.
    return Number.isInteger(pid) && pid > 1 && !invocation.signal(pid);
  });
  return dead.flatMap((name) => {
    try {
      const revived = new Network({ system, invocation, places }, name).keepAlive();
      return revived ? [`the resolver of network ${name} had died and was started again`] : [];
    } catch (error) {
      return [`the resolver of network ${name} has died: ${messageOf(error)}`];
    }
  });
}
