import { guestProxies, type GuestNetwork } from '../vm/proxies.ts';

/**
 * Content of the fw_cfg item `opt/com.coreos/environment`, as podman 4.9.5 writes it: base64 of `NAME="VALUE"` joined by
 * pipe characters. Undefined when the host uses no proxy.
 */
export function proxyEnvironment(env: NodeJS.ProcessEnv, network: GuestNetwork): string | undefined {
  const pairs = Object.entries(guestProxies(env, network)).map(
    ([name, value]) => `${name}="${value.replaceAll(/["\\]/g, '\\$&')}"`,
  );
  return pairs.length === 0 ? undefined : Buffer.from(pairs.join('|')).toString('base64');
}
