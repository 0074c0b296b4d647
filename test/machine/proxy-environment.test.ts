import { expect, test } from 'vitest';
import { readEnvironmentItem } from '../../ignition/src/plan/environment.ts';
import { proxyEnvironment } from '../../src/machine/proxy-environment.ts';

test('without a proxy nothing is handed over', () => {
  expect(proxyEnvironment({ http_proxy: '', HOME: '/root' })).toBeUndefined();
});

test('the guest reads what the host has written', () => {
  const item = proxyEnvironment({ https_proxy: 'http://proxy.example.org:3128/?a="b"', NO_PROXY: 'a,b' });
  expect(readEnvironmentItem(item ?? '')).toEqual({
    https_proxy: 'http://proxy.example.org:3128/?a="b"',
    NO_PROXY: 'a,b',
  });
});
