/** Variables of the API service, which rc(8) starts. */

const variableNames = /^(?:[a-z]+_proxy|[A-Z]+_PROXY|SSL_CERT_FILE|SSL_CERT_DIR)$/;

/** Only proxies and certificates, and no value that could end the line it stands on. */
export function isServiceVariable(name: string, value: string): boolean {
  return variableNames.test(name) && !/[\0-\x1f\x7f]/.test(value);
}

/** In the guest the host's own proxy is not at localhost; podman 5.x rewrites the address itself, older ones do not. */
export function reachableProxy(name: string, value: string): string {
  if (!/_proxy$/i.test(name) || /^no_proxy$/i.test(name)) return value;
  return value.replace(
    /^([a-z0-9+]+:\/\/(?:[^/@]*@)?)(?:localhost|127\.0\.0\.1|\[::1\])(?=[:/]|$)/i,
    '$1host.containers.internal',
  );
}

/**
 * The file that rc.subr(8) reads for podman_service. rc runs `eval "export -- $podman_service_env"`, so each value is
 * quoted for the shell once, and the whole once more for the file: no character of a value can become a command.
 */
export function rcEnvironment(variables: Readonly<Record<string, string>>): string {
  const words = Object.entries(variables)
    .sort(([first], [second]) => (first < second ? -1 : 1))
    .map(([name, value]) => `${name}=${shellQuoted(value)}`);
  return `# Written by podbsd from what podman said about proxies and certificates.\npodman_service_env=${shellQuoted(words.join(' '))}\n`;
}

function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** The proxies that podman 5.x and 6 wrote over SSH; see the script in `systemctl daemon-reload`. */
export function readDefaultEnvironment(text: string): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const line of text.split('\n')) {
    const [, name, value] = /^DefaultEnvironment="([A-Za-z_][A-Za-z0-9_]*)=(.*)"\s*$/.exec(line) ?? [];
    if (name === undefined || value === undefined) continue;
    // podman 6 doubles percent signs for systemd; in a URL of an older one there are never two in a row.
    const plain = value.replaceAll('%%', '%');
    if (isServiceVariable(name, plain)) variables[name] = plain;
  }
  return variables;
}
