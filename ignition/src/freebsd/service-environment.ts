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

/**
 * The proxies that podman 5 and 6 wrote over SSH, see the script in `systemctl daemon-reload`. 5.0 to 5.2 write words as
 * bash's %q does (`no_proxy=a\\,b`), later ones put the bare value between quotation marks, 6 doubles percent signs.
 */
export function readDefaultEnvironment(text: string): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const line of text.split('\n')) {
    const words = /^\s*DefaultEnvironment\s*=\s*(.*?)\s*$/.exec(line)?.[1];
    if (words === undefined) continue;
    const bare = /^"([A-Za-z_][A-Za-z0-9_]*=.*)"$/.exec(words)?.[1];
    const several = bare !== undefined && /"\s+"[A-Za-z_][A-Za-z0-9_]*=/.test(bare);
    for (const word of bare === undefined || several ? splitWords(words) : [bare]) {
      const [, name, value] = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/.exec(word) ?? [];
      if (name === undefined || value === undefined) continue;
      // In a URL of an older podman there are never two percent signs in a row.
      const plain = value.replaceAll('%%', '%');
      if (isServiceVariable(name, plain)) variables[name] = reachableProxy(name, plain);
    }
  }
  return variables;
}

/** Words as systemd and a shell read them: quotation marks hold a word together, a backslash escapes. */
function splitWords(text: string): string[] {
  const words = text.match(/(?:\\.|\$?'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|[^\s\\"'])+/g) ?? [];
  return words.map((word) =>
    word.replaceAll(
      /\$?'((?:\\.|[^'\\])*)'|"((?:\\.|[^"\\])*)"|\\(.)/g,
      (_, single: string | undefined, double: string | undefined, escaped: string | undefined) =>
        escaped ?? (single ?? double ?? '').replaceAll(/\\(.)/g, '$1'),
    ),
  );
}

/**
 * The variables for programs that look for one spelling only: libfetch and pkg(8) know some in capitals, some in small
 * letters.
 */
export function inBothCases(variables: Readonly<Record<string, string>>): Record<string, string> {
  const others = Object.entries(variables)
    .filter(([name]) => /_proxy$/i.test(name))
    .flatMap(([name, value]) => [
      [name.toLowerCase(), value],
      [name.toUpperCase(), value],
    ]);
  return { ...Object.fromEntries(others), ...variables } as Record<string, string>;
}

/**
 * The same for freebsd-update(8), whose downloader takes no user and password in the address of a proxy, but in a variable
 * of their own, see fetch(3).
 */
export function forFreebsdUpdate(variables: Readonly<Record<string, string>>): Record<string, string> {
  const both = inBothCases(variables);
  const [, user, password] = /^http:\/\/([^:@/]*)(?::([^@/]*))?@/i.exec(both['HTTP_PROXY'] ?? '') ?? [];
  if (user === undefined) return both;
  const bare = Object.entries(both).map(([name, value]) => [
    name,
    value.replace(/^(http:\/\/)[^@/]*@/i, '$1'),
  ]);
  const login = `${unescaped(user)}:${unescaped(password ?? '')}`;
  return { ...(Object.fromEntries(bare) as Record<string, string>), HTTP_PROXY_AUTH: `basic:*:${login}` };
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
