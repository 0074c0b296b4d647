import { BlockList, isIP } from 'node:net';
import { ExitCode, PodbsdError } from '../ground/errors.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The proxy for an address as curl(1) and Go's programs choose it: `http_proxy` and `https_proxy` by the scheme of what
 * is downloaded, else `all_proxy`, each in lower case before upper case, unless `no_proxy` names the server.
 * @throws PodbsdError (exit code `config`) when the proxy's own address cannot be read.
 */
export function proxyFor(url: URL, env: Environment = process.env): URL | undefined {
  const name = `${url.protocol.replace(':', '')}_proxy`;
  const text = variable(env, name) ?? variable(env, 'all_proxy');
  if (text === undefined || isExcluded(url, variable(env, 'no_proxy') ?? '')) return undefined;
  const proxy =
    URL.canParse(text) && /^[a-z0-9]+:\/\//i.test(text) ? new URL(text) : parsed(`http://${text}`);
  if (proxy !== undefined && /^(https?|socks5h?):$/.test(proxy.protocol)) {
    // undici leaves the name to the proxy under both names.
    proxy.protocol = proxy.protocol.replace('socks5h', 'socks5');
    return proxy;
  }
  throw new PodbsdError({
    doing: `reading ${name}`,
    problem: `${text.replace(/\/\/[^@/]*@/, '//...@')} is not the address of a proxy`,
    remedy: `write it as http://HOST:PORT, or unset it`,
    exitCode: ExitCode.config,
  });
}

function variable(env: Environment, name: string): string | undefined {
  const set = [env[name], env[name.toUpperCase()]].map((text) => text?.trim() ?? '');
  return set.find((text) => text !== '');
}

function parsed(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}

/**
 * Whether `no_proxy` names a server: `*`, a host or an address, each with a port or without, a domain with all below it
 * (`example.org`, `.example.org`, `*.example.org`), or a network (`192.0.2.0/24`). Between them are commas or blanks.
 */
function isExcluded(url: URL, list: string): boolean {
  const host = url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  const port = url.port === '' ? { 'http:': '80', 'https:': '443' }[url.protocol] : url.port;
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => {
      if (entry === '' || entry === '*') return entry === '*';
      const [, name = '', wanted] = /^(\[[^\]]*\]|[^:]*|.*:.*:.*?)(?::(\d+))?$/.exec(entry) ?? [];
      if (wanted !== undefined && wanted !== port) return false;
      return matches(host, name.replace(/^\[|\]$/g, '').replace(/\.$/, ''));
    });
}

function matches(host: string, entry: string): boolean {
  const [network = '', bits] = entry.split('/');
  if (isIP(host) !== 0 || bits !== undefined) return isIn(host, network, bits);
  const domain = entry.replace(/^\*?\./, '');
  return domain !== '' && (host === domain || host.endsWith(`.${domain}`));
}

function isIn(host: string, network: string, bits: string | undefined): boolean {
  const version = isIP(network);
  if (version === 0 || version !== isIP(host)) return false;
  const family = version === 4 ? 'ipv4' : 'ipv6';
  const longest = version === 4 ? 32 : 128;
  const prefix = bits === undefined ? longest : Number(bits);
  if (!Number.isInteger(prefix) || prefix < 0 || prefix > longest) return false;
  const block = new BlockList();
  block.addSubnet(network, prefix, family);
  return block.check(host, family);
}
