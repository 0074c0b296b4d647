import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parseConfig } from '../../../src/config/load.ts';
import { LocalHost } from '../../../src/host/local.ts';
import type { RunResult } from '../../../src/host/host.ts';
import { prepareEtc } from '../../../src/recipes/poudriere/env.ts';
import { buildPaths } from '../../../src/recipes/poudriere/paths.ts';
import { guestProxies } from '../../../src/vm/proxies.ts';
import { missing } from '../../support/programs.ts';
import { tempDir } from '../../support/temp-dir.ts';

/** A proxy that writes down what it is asked for and has nothing. */
async function smallProxy() {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.writeHead(404).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

/** A build host whose logins have this environment. */
class HostWith extends LocalHost {
  readonly #env: Readonly<Record<string, string>>;

  constructor(env: Readonly<Record<string, string>>) {
    super();
    this.#env = env;
  }

  override async run(...[argv, options]: Parameters<LocalHost['run']>): Promise<RunResult> {
    return await super.run(argv, { ...options, env: this.#env });
  }
}

describe.skipIf(missing('git') !== undefined)('the proxies of a build host', () => {
  it('reach what Poudriere fetches, although it starts with an empty environment', async () => {
    const { url, asked } = await smallProxy();
    const directory = await tempDir();
    const host = new HostWith({ http_proxy: url, no_proxy: 'mirror.example' });
    const paths = buildPaths({ directory, dataset: 'podbsd' });
    await prepareEtc({ host, paths, config: parseConfig('', 'podbsd.toml') });

    const conf = join(paths.etc, 'poudriere.conf');
    const script = `. ${conf}; echo "$no_proxy"; git ls-remote http://distfiles.invalid/x.git`;
    const path = process.env['PATH'] ?? '';
    const result = await execa('env', ['-i', `PATH=${path}`, 'sh', '-c', script], { reject: false });
    expect(result.stdout).toBe('mirror.example');
    expect(asked[0]).toMatch(/^http:\/\/distfiles\.invalid\/x\.git/);
    // The address of a proxy may hold a password.
    expect((await stat(conf)).mode & 0o777).toBe(0o600);
  });

  it('are not made up where there are none', async () => {
    const host = new HostWith({ http_proxy: '', https_proxy: '', HTTP_PROXY: '', HTTPS_PROXY: '' });
    const paths = buildPaths({ directory: await tempDir(), dataset: 'podbsd' });
    await prepareEtc({ host, paths, config: parseConfig('', 'podbsd.toml') });
    expect(await host.readText(join(paths.etc, 'poudriere.conf'))).not.toMatch(/^export .*https?_proxy/im);
  });

  it('are called by a machine here as it sees them', () => {
    const env = {
      https_proxy: 'http://127.0.0.1:3128',
      HTTP_PROXY: 'http://u:p@proxy:8080',
      no_proxy: 'localhost',
    };
    expect(guestProxies(env, 'user')).toEqual({ ...env, https_proxy: 'http://10.0.2.2:3128' });
  });
});
