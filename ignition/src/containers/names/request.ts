import type { Invocation } from '../../system/invocation.ts';
import { CniCode, CniError } from './cni-error.ts';
import { fitsDns, isAddress, isHarmless, isInterfaceName, isIpv4, isNetworkName } from './dns-name.ts';

/** Which attachment of which container to which network. */
export interface Attachment {
  readonly network: string;
  readonly container: string;
  /** The interface inside the container. */
  readonly ifname: string;
}

/** What ADD is asked to make known. */
export interface Naming {
  /** Of the container, without the network's size. */
  readonly addresses: readonly string[];
  /** In lower case: the container's own name first, then its aliases. */
  readonly names: readonly string[];
  /** Names that are left out, as nobody could look them up. */
  readonly unfit: readonly string[];
  /** Where the resolver listens: IPv4 first, as IPv6 addresses take a moment to be usable. */
  readonly gateways: readonly string[];
  readonly bridge: string;
  readonly domain: string;
}

export type Fields = Readonly<Record<string, unknown>>;

/** The versions of CNI whose results look alike as far as the plugin is concerned. */
export const supportedVersions = ['0.3.0', '0.3.1', '0.4.0', '1.0.0'] as const;

export function parseConfig(text: string): Fields {
  let config: unknown;
  try {
    config = JSON.parse(text);
  } catch {
    throw new CniError(CniCode.undecodable, 'the network configuration on standard input is no JSON');
  }
  if (!isFields(config)) throw new CniError(CniCode.undecodable, 'the network configuration is no object');
  return config;
}

export function requireVersion(config: Fields): string {
  const version = config['cniVersion'];
  const known = supportedVersions.find((supported) => supported === version);
  if (known !== undefined) return known;
  throw new CniError(
    CniCode.incompatibleVersion,
    `CNI ${JSON.stringify(version)} is not one of ${supportedVersions.join(', ')}`,
  );
}

export function attachment(invocation: Invocation, config: Fields): Attachment {
  const network = config['name'];
  if (typeof network !== 'string' || !isNetworkName(network))
    throw new CniError(CniCode.invalidConfig, `${JSON.stringify(network)} is no name of a network`);
  const container = invocation.environment('CNI_CONTAINERID');
  if (!/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(container))
    throw new CniError(CniCode.invalidEnvironment, 'CNI_CONTAINERID names no container');
  const ifname = invocation.environment('CNI_IFNAME');
  if (!isInterfaceName(ifname))
    throw new CniError(CniCode.invalidEnvironment, 'CNI_IFNAME names no interface');
  return { network, container, ifname };
}

export function previousResult(config: Fields): Fields {
  const previous = config['prevResult'];
  if (isFields(previous)) return previous;
  throw new CniError(
    CniCode.invalidConfig,
    'prevResult is missing: dnsname stands behind bridge in a list of plugins',
  );
}

export function naming(invocation: Invocation, config: Fields, { network }: Attachment): Naming {
  const previous = previousResult(config);
  const ips = list(previous['ips']).filter(isFields);
  const addresses = ips.map((ip) => String(ip['address']).replace(/\/\d+$/, ''));
  const gateways = [
    ...new Set(ips.map((ip) => ip['gateway']).filter((gateway) => gateway !== undefined)),
  ].map(String);
  for (const address of [...addresses, ...gateways])
    if (!isAddress(address))
      throw new CniError(CniCode.invalidConfig, `${JSON.stringify(address)} is no address`);
  if (gateways.length === 0)
    throw new CniError(
      CniCode.invalidConfig,
      `network ${network} has no gateway on which names could be answered`,
    );
  const [first] = list(previous['interfaces']);
  const bridge = isFields(first) ? first['name'] : undefined;
  if (typeof bridge !== 'string' || !isInterfaceName(bridge))
    throw new CniError(CniCode.invalidConfig, 'prevResult names no bridge');
  const domain = config['domainName'] ?? 'dns.podman';
  if (typeof domain !== 'string' || !isHarmless(domain) || !fitsDns(domain))
    throw new CniError(CniCode.invalidConfig, `domainName ${JSON.stringify(domain)} is no domain`);
  const given = [containerName(invocation), ...aliases(config, network)].filter((name) => name !== '');
  const wrong = given.find((name) => !isHarmless(name));
  if (wrong !== undefined)
    throw new CniError(CniCode.invalidConfig, `${JSON.stringify(wrong)} cannot be a name in DNS`);
  const names = [...new Set(given.map((name) => name.toLowerCase()))];
  const fits = (name: string): boolean => fitsDns(`${name}.${domain}`);
  return {
    addresses,
    names: names.filter(fits),
    unfit: names.filter((name) => !fits(name)),
    gateways: [...gateways.filter(isIpv4), ...gateways.filter((gateway) => !isIpv4(gateway))],
    bridge,
    domain: domain.toLowerCase(),
  };
}

/** podman hands it over as Kubernetes does: `IgnoreUnknown=1;K8S_POD_NAME=web`. */
function containerName(invocation: Invocation): string {
  const key = 'K8S_POD_NAME=';
  const args = invocation.environment('CNI_ARGS').split(';');
  return args.find((arg) => arg.startsWith(key))?.slice(key.length) ?? '';
}

function aliases(config: Fields, network: string): string[] {
  const runtime = config['runtimeConfig'];
  const all = isFields(runtime) ? runtime['aliases'] : undefined;
  return list(isFields(all) ? all[network] : undefined).map(String);
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
