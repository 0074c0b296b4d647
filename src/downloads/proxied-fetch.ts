import { Agent, Dispatcher, fetch, ProxyAgent, type Response } from 'undici';
import { proxyFor } from './proxy.ts';

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
  return await fetch(url, { ...options, dispatcher: agent });
}

class EnvironmentAgent extends Dispatcher {
  readonly #direct = new Agent();
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
    const agent = this.#byProxy.get(proxy.href) ?? new ProxyAgent({ uri: proxy.href, proxyTunnel: false });
    this.#byProxy.set(proxy.href, agent);
    return agent;
  }
}

const agent = new EnvironmentAgent();
