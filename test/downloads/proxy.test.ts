import { createServer, request, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { getText } from '../../src/downloads/http.ts';
import { proxyFor } from '../../src/downloads/proxy.ts';
import { ExitCode } from '../../src/ground/errors.ts';

describe('the proxy for an address', () => {
  const chosen = (url: string, env: Record<string, string>): string | undefined =>
    proxyFor(new URL(url), env)?.href;

  it.each([
    ['http://a.example/', { http_proxy: 'http://p:1' }, 'http://p:1/'],
    ['https://a.example/', { http_proxy: 'http://p:1' }, undefined],
    ['https://a.example/', { HTTPS_PROXY: 'http://p:1', https_proxy: 'http://q:2' }, 'http://q:2/'],
    ['https://a.example/', { https_proxy: '', HTTPS_PROXY: 'http://p:1' }, 'http://p:1/'],
    ['https://a.example/', { https_proxy: 'p.example:3128' }, 'http://p.example:3128/'],
    ['https://a.example/', { ALL_PROXY: 'socks5h://p:1080' }, 'socks5://p:1080'],
    ['https://a.example/', { all_proxy: 'http://p:1', https_proxy: 'https://q:2' }, 'https://q:2/'],
  ] as [string, Record<string, string>, string | undefined][])('%s with %j', (url, env, expected) => {
    expect(chosen(url, env)).toBe(expected);
  });

  it.each([
    ['*', 'https://a.example/', true],
    ['a.example', 'https://a.example/', true],
    ['A.Example.', 'https://a.example/', true],
    ['example', 'https://a.example/', true],
    ['.example', 'https://a.example/', true],
    ['*.example', 'https://a.example/', true],
    ['ample', 'https://a.example/', false],
    ['b.example, a.example', 'https://a.example/', true],
    ['b.example a.example', 'https://a.example/', true],
    ['a.example:443', 'https://a.example/', true],
    ['a.example:8443', 'https://a.example/', false],
    ['a.example:8443', 'https://a.example:8443/', true],
    ['192.0.2.7', 'http://192.0.2.7/', true],
    ['192.0.2.7:80', 'http://192.0.2.7/', true],
    ['192.0.2.0/24', 'http://192.0.2.7/', true],
    ['192.0.3.0/24', 'http://192.0.2.7/', false],
    ['192.0.2.0/99', 'http://192.0.2.7/', false],
    ['2', 'http://192.0.2.2/', false],
    ['::1', 'http://[::1]/', true],
    ['[::1]:8080', 'http://[::1]:8080/', true],
    ['[::1]:8080', 'http://[::1]/', false],
    ['2001:db8::/32', 'http://[2001:db8::7]/', true],
    ['', 'http://a.example/', false],
    [',', 'http://a.example/', false],
  ])('with no_proxy=%s is left out for %s: %s', (list, url, excluded) => {
    const env = { all_proxy: 'http://p:1', NO_PROXY: list };
    expect(chosen(url, env)).toBe(excluded ? undefined : 'http://p:1/');
  });

  it('is refused when its address cannot be read, without showing its password', () => {
    const env = { https_proxy: 'ftp://me:secret@p:1' };
    expect(() => chosen('https://a.example/', env)).toThrow('ftp://...@p:1 is not the address of a proxy');
    try {
      chosen('https://a.example/', env);
    } catch (error) {
      expect(error).toMatchObject({ exitCode: ExitCode.config });
    }
  });
});

describe('a download', () => {
  afterEach(() => void vi.unstubAllEnvs());

  async function listening(server: Server): Promise<number> {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    return (server.address() as AddressInfo).port;
  }

  /** A proxy that says what it was asked for and hands everything to one server, which nobody reaches by its name. */
  async function loggingProxy(target: number): Promise<{ port: number; log: string[] }> {
    const log: string[] = [];
    const proxy = createServer((incoming, outgoing) => {
      log.push(`${incoming.method} ${incoming.url} ${incoming.headers['proxy-authorization'] ?? ''}`.trim());
      const path = new URL(incoming.url ?? '').pathname;
      incoming.pipe(
        request({ port: target, path, headers: incoming.headers }, (answer) => {
          outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
          answer.pipe(outgoing);
        }),
      );
    });
    proxy.on('connect', (incoming, socket) => {
      log.push(`CONNECT ${incoming.url}`);
      const onward = connect(target, '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
        socket.pipe(onward).pipe(socket);
      });
      for (const end of [onward, socket])
        end.on('error', () => [onward, socket].forEach((one) => one.destroy()));
    });
    return { port: await listening(proxy), log };
  }

  const server = (): Promise<number> =>
    listening(
      createServer((incoming, answer) => {
        if (incoming.url === '/moved') answer.writeHead(302, { location: '/here' }).end();
        else answer.end(`${incoming.url} of ${incoming.headers.host}`);
      }),
    );

  it('reaches a server only by the proxy, and says who asks', async () => {
    const { port, log } = await loggingProxy(await server());
    vi.stubEnv('http_proxy', `http://me:p%40ss@127.0.0.1:${port}`);
    vi.stubEnv('no_proxy', '');
    expect(await getText('http://images.invalid/moved')).toBe('/here of images.invalid');
    const who = `Basic ${Buffer.from('me:p@ss').toString('base64')}`;
    expect(log).toEqual([`GET http://images.invalid/moved ${who}`, `GET http://images.invalid/here ${who}`]);
    vi.stubEnv('http_proxy', '');
    await expect(getText('http://images.invalid/moved')).rejects.toMatchObject({
      exitCode: ExitCode.network,
    });
  });

  it('tunnels to a server that speaks HTTPS', async () => {
    const { port, log } = await loggingProxy(await server());
    vi.stubEnv('https_proxy', `http://127.0.0.1:${port}`);
    vi.stubEnv('no_proxy', '');
    // The server does not speak TLS: what counts is the way there.
    await expect(getText('https://images.invalid/x')).rejects.toMatchObject({ exitCode: ExitCode.network });
    expect(log).toEqual(['CONNECT images.invalid:443']);
  });

  it('goes past the proxy where no_proxy says so', async () => {
    const port = await server();
    const proxy = await loggingProxy(port);
    vi.stubEnv('http_proxy', `http://127.0.0.1:${proxy.port}`);
    vi.stubEnv('no_proxy', `127.0.0.0/8`);
    expect(await getText(`http://127.0.0.1:${port}/x`)).toBe(`/x of 127.0.0.1:${port}`);
    expect(proxy.log).toEqual([]);
  });
});
