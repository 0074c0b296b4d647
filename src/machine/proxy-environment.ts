/** The variables that podman hands to its machines, in both spellings. */
const NAMES = ['http_proxy', 'https_proxy', 'no_proxy', 'ftp_proxy'];

/** The host as its guest sees it: podman puts this, too, where a proxy listens on the host's own loopback. */
const HOST = { gvproxy: 'host.containers.internal', user: '10.0.2.2' } as const;
const LOOPBACK = /(?<=^|[/@])(?:localhost|127(?:\.\d+){3}|\[::1\])(?=[:/]|$)/i;

/**
 * Content of the fw_cfg item `opt/com.coreos/environment`, as podman 4.9.5 writes it: base64 of `NAME="VALUE"` joined by
 * pipe characters. Undefined when the host uses no proxy.
 */
export function proxyEnvironment(env: NodeJS.ProcessEnv, network: keyof typeof HOST): string | undefined {
  const pairs = NAMES.flatMap((name) => [name, name.toUpperCase()]).flatMap((name) => {
    const given = env[name] ?? '';
    // A list of names that need no proxy means the guest's own loopback.
    const value = /^no_proxy$/i.test(name) ? given : given.replace(LOOPBACK, HOST[network]);
    return value === '' ? [] : [`${name}="${value.replaceAll(/["\\]/g, '\\$&')}"`];
  });
  return pairs.length === 0 ? undefined : Buffer.from(pairs.join('|')).toString('base64');
}
