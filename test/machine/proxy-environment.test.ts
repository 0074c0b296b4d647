import { expect, it } from 'vitest';
import { readEnvironmentItem } from '../../ignition/src/plan/environment.ts';
import { proxyEnvironment } from '../../src/machine/proxy-environment.ts';

it('without a proxy nothing is handed over', () => {
  expect(proxyEnvironment({ http_proxy: '', HOME: '/root' }, 'user')).toBeUndefined();
});

it('the guest reads what the host has written', () => {
  const env = { https_proxy: 'http://proxy.example.org:3128/?a="b"', NO_PROXY: 'a,b' };
  const item = proxyEnvironment(env, 'gvproxy');
  expect(readEnvironmentItem(item ?? '')).toEqual({
    https_proxy: 'http://proxy.example.org:3128/?a="b"',
    NO_PROXY: 'a,b',
  });
});

it.each([
  ['http://localhost:3128', 'gvproxy', 'http://host.containers.internal:3128'],
  ['http://me:secret@127.0.0.1:3128/', 'user', 'http://me:secret@10.0.2.2:3128/'],
  ['http://[::1]:3128', 'user', 'http://10.0.2.2:3128'],
  ['localhost:3128', 'user', '10.0.2.2:3128'],
  ['http://localhost.example.org:3128', 'user', 'http://localhost.example.org:3128'],
] as const)("the proxy %s on the host's loopback is, with %s, the guest's %s", (proxy, network, expected) => {
  const env = { http_proxy: proxy, no_proxy: 'localhost,127.0.0.1' };
  expect(readEnvironmentItem(proxyEnvironment(env, network) ?? '')).toEqual({
    http_proxy: expected,
    no_proxy: 'localhost,127.0.0.1',
  });
});
