/** The variables that podman hands to its machines, in both spellings. */
const NAMES = ['http_proxy', 'https_proxy', 'no_proxy', 'ftp_proxy'];

/**
 * Content of the fw_cfg item `opt/com.coreos/environment`, as podman 4.9.5 writes it: base64 of `NAME="VALUE"` joined by
 * pipe characters. Undefined when the host uses no proxy.
 */
export function proxyEnvironment(env: NodeJS.ProcessEnv): string | undefined {
  const pairs = NAMES.flatMap((name) => [name, name.toUpperCase()]).flatMap((name) => {
    const value = env[name] ?? '';
    return value === '' ? [] : [`${name}="${value.replaceAll(/["\\]/g, '\\$&')}"`];
  });
  return pairs.length === 0 ? undefined : Buffer.from(pairs.join('|')).toString('base64');
}
