import type { Dispatcher, ProxyAgent, Response } from 'undici';
import { proxyFor } from './proxy.ts';

// An import at the top would be loaded by the bundled program at each start, though most commands download nothing.
const undici = await import('undici');

/**
 * fetch through the proxies of the environment, which Node.js 20 ignores. After a redirect the proxy is chosen again
 * for the new address.
 */
export async function proxiedFetch(
  url: string,
  options: {
    readonly method: 'GET' | 'HEAD';
    readonly headers: Record<string, string>;
    readonly signal: AbortSignal;
  },
): Promise<Response> {
  return await undici.fetch(url, { ...options, dispatcher: agent });
}

class EnvironmentAgent extends undici.Dispatcher {
  readonly #direct = new undici.Agent();
  readonly #byProxy = new Map<string, ProxyAgent>();

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    return this.#agentFor(options).dispatch(options, handler);
  }

  override async close(): Promise<void> {
    await Promise.all([this.#direct, ...this.#byProxy.values()].map((agent) => agent.close()));
  }

  override async destroy(): Promise<void> {
    await Promise.all([this.#direct, ...this.#byProxy.values()].map((agent) => agent.destroy()));
  }

  #agentFor({ origin }: Dispatcher.DispatchOptions): Dispatcher {
    const proxy = proxyFor(new URL(String(origin)));
    if (proxy === undefined) return this.#direct;
    // Many proxies tunnel to port 443 only, so plain HTTP is requested by its full URL.
    const agent =
      this.#byProxy.get(proxy.href) ?? new undici.ProxyAgent({ uri: proxy.href, proxyTunnel: false });
    this.#byProxy.set(proxy.href, agent);
    return agent;
  }
}

const agent = new EnvironmentAgent();
