import type { System } from '../../system/system.ts';
import { isNetworkName } from './dns-name.ts';
import { parseHosts, type Entry } from './hosts.ts';
import type { NamesPlaces } from './places.ts';
import { readPlain } from './plain-file.ts';

/** Nothing can be sent there without being asked for a broadcast: dnsmasq refuses such a question at once. */
const nobody = '255.255.255.255';

/**
 * Who answers for names of the domain that are not in the hosts file, in the form of dnsmasq's servers-file. Usually
 * nobody: there is no such name. But a container that is on several networks has the resolvers of all of them, and asks
 * the next one only when one refuses to answer. So where there is one, unknown names are refused; known ones stay this
 * resolver's own, also for questions that they have no answer to.
 */
export function formatServers(entries: readonly Entry[], domain: string, shared: boolean): string {
  if (!shared) return `server=/${domain}/\n`;
  const names = [...new Set(entries.flatMap((entry) => entry.names))];
  const own = names.map((name) => `server=/${name}.${domain}/\n`);
  return [...own, `server=/${domain}/${nobody}\n`].join('');
}

/** The networks beside this one in which one of these containers is, too. */
export function networksWith(
  system: System,
  { folder }: NamesPlaces,
  network: string,
  containers: ReadonlySet<string>,
): string[] {
  return system.list(folder).filter((name) => {
    if (name === network || !isNetworkName(name)) return false;
    const there = parseHosts(readPlain(system, `${folder}/${name}/hosts`) ?? '');
    return there.some(({ container }) => containers.has(container));
  });
}
