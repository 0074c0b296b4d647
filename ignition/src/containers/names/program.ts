import { oneLine } from '../../log.ts';
import type { Invocation } from '../../system/invocation.ts';
import { messageOf, type System } from '../../system/system.ts';
import { CniCode, CniError } from './cni-error.ts';
import { openResolver } from './firewall.ts';
import { foreignPlugin } from './foreign.ts';
import { Network } from './network.ts';
import { guestPlaces, type NamesPlaces } from './places.ts';
import {
  attachment,
  isFields,
  list,
  naming,
  parseConfig,
  previousResult,
  requireVersion,
  supportedVersions,
  type Fields,
  type Naming,
} from './request.ts';

const usageError = 64;

/**
 * `dnsname`, a CNI plugin: containers of a network find each other by name. podman adds it to every network that is
 * created while a plugin of that name is installed, and calls it after bridge, portmap, firewall and tuning.
 */
export function dnsname(
  system: System,
  invocation: Invocation,
  args: readonly string[],
  places: NamesPlaces = guestPlaces,
): number {
  if (args[0] === '--version') {
    system.out('podbsd dnsname, a CNI plugin on top of dnsmasq\n');
    return 0;
  }
  const command = invocation.environment('CNI_COMMAND');
  if (command === '') {
    system.err('dnsname is a CNI plugin: podman calls it, with CNI_COMMAND in the environment\n');
    return usageError;
  }
  const foreign = foreignPlugin(system, invocation.environment('CNI_PATH'));
  if (foreign !== undefined) return system.runThrough([foreign, ...args]);
  let version = '0.4.0';
  try {
    const config = parseConfig(invocation.input());
    if (command === 'VERSION') {
      system.out(`${JSON.stringify({ cniVersion: config['cniVersion'] ?? version, supportedVersions })}\n`);
      return 0;
    }
    version = requireVersion(config);
    const result = obey(system, invocation, places, command, config);
    if (result !== undefined) system.out(`${JSON.stringify(result)}\n`);
    return 0;
  } catch (error) {
    const code = error instanceof CniError ? error.code : CniCode.resolver;
    const msg = `dnsname: ${oneLine(messageOf(error))}`;
    system.out(`${JSON.stringify({ cniVersion: version, code, msg, details: '' })}\n`);
    return 1;
  }
}

function obey(
  system: System,
  invocation: Invocation,
  places: NamesPlaces,
  command: string,
  config: Fields,
): Fields | undefined {
  const what = attachment(invocation, config);
  const network = new Network({ system, invocation, places }, what.network);
  switch (command) {
    case 'ADD': {
      const wanted = naming(invocation, config, what);
      for (const name of wanted.unfit)
        places.log(system, `dnsname: ${name} cannot be looked up in DNS and is left out`);
      network.add(what, wanted);
      // Each time: somebody may have reloaded pf's rules.
      const trouble = openResolver(system, places, wanted.bridge, wanted.gateways);
      if (trouble !== undefined)
        places.log(system, `dnsname: pf does not let ${wanted.bridge} look up names: ${trouble}`);
      return { cniVersion: config['cniVersion'], ...withDns(previousResult(config), wanted) };
    }
    case 'DEL':
      network.remove(what);
      return undefined;
    case 'CHECK':
      network.check(what);
      return undefined;
    default:
      throw new CniError(CniCode.invalidEnvironment, `CNI_COMMAND ${JSON.stringify(command)} is not known`);
  }
}

/** podman writes both lists into the container's resolv.conf, before the guest's own. */
function withDns(previous: Fields, { gateways, domain }: Naming): Fields {
  const dns = isFields(previous['dns']) ? previous['dns'] : {};
  const nameservers = [...new Set([...gateways, ...list(dns['nameservers'])])];
  const search = [...new Set([domain, ...list(dns['search'])])];
  return { ...previous, dns: { ...dns, nameservers, search } };
}
