import type { System } from '../../system/system.ts';
import type { NamesPlaces } from './places.ts';

/**
 * pf keeps containers from the resolvers of other networks: /etc/pf.conf blocks port 53 of the guest on all bridges,
 * except for what this anchor passes. Without pf nothing is blocked, and no rule is needed.
 */
const anchor = 'podbsd-dnsname';

/** Answers the error of pf, if any. */
export function openResolver(
  system: System,
  { pfctl }: NamesPlaces,
  bridge: string,
  gateways: readonly string[],
): string | undefined {
  if (system.lstat(pfctl) === undefined) return undefined;
  const rules = gateways.map(
    (gateway) => `pass in quick on ${bridge} proto { tcp udp } from any to ${gateway} port 53\n`,
  );
  const { code, err } = system.run([pfctl, '-q', '-a', `${anchor}/${bridge}`, '-f', '-'], rules.join(''));
  return code === 0 ? undefined : err.trim();
}

export function closeResolver(system: System, { pfctl }: NamesPlaces, bridge: string): void {
  if (system.lstat(pfctl) !== undefined)
    system.run([pfctl, '-q', '-a', `${anchor}/${bridge}`, '-F', 'rules']);
}
