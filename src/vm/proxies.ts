/** The variables in which programs look for a proxy; podman hands the same ones to its machines. */
const NAMES = ['http_proxy', 'https_proxy', 'no_proxy', 'ftp_proxy'].flatMap((name) => [
  name,
  name.toUpperCase(),
]);

/** The host as its guest sees it: podman uses it as well where a proxy listens on the host's own loopback. */
const HOST = { gvproxy: 'host.containers.internal', user: '10.0.2.2' } as const;
export type GuestNetwork = keyof typeof HOST;

const LOOPBACK = /(?<=^|[/@])(?:localhost|127(?:\.\d+){3}|\[::1\])(?=[:/]|$)/i;

/** The proxies of an environment, by the names of their variables. */
export function proxiesOf(
  env: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  const set = NAMES.map((name) => [name, env[name] ?? ''] as const);
  return Object.fromEntries(set.filter(([, value]) => value !== ''));
}

/**
 * The same with the addresses that a guest has to use. A list of names that need no proxy means the guest's own
 * loopback, and stays.
 */
export function guestProxies(
  env: Readonly<Record<string, string | undefined>>,
  network: GuestNetwork,
): Readonly<Record<string, string>> {
  const seen = ([name, value]: [string, string]): [string, string] => [
    name,
    /^no_proxy$/i.test(name) ? value : value.replace(LOOPBACK, HOST[network]),
  ];
  return Object.fromEntries(Object.entries(proxiesOf(env)).map(seen));
}
