import { describe, expect, it } from 'vitest';
import { ExitCode } from '../../../src/ground/errors.ts';
import { formatSshUrl, parseSshUrl } from '../../../src/host/ssh/url.ts';

describe('parseSshUrl', () => {
  it.each([
    ['ssh://builder', { user: 'root', host: 'builder', port: 22 }],
    ['ssh://root@builder:2222', { user: 'root', host: 'builder', port: 2222 }],
    ['ssh://me@10.0.0.1/', { user: 'me', host: '10.0.0.1', port: 22 }],
    ['ssh://me@[fe80::1]:23', { user: 'me', host: 'fe80::1', port: 23 }],
    ['SSH://a.b-c_d@builder.example.org', { user: 'a.b-c_d', host: 'builder.example.org', port: 22 }],
    ['ssh://user%40corp@builder', { user: 'user@corp', host: 'builder', port: 22 }],
  ])('%s', (text, address) => {
    expect(parseSshUrl(text)).toEqual(address);
  });

  it.each([
    ['builder', 'does not start with ssh://'],
    ['root@builder', 'does not start with ssh://'],
    ['http://builder', 'does not start with ssh://'],
    ['ssh://root:secret@builder', 'holds a password'],
    ['ssh://builder/var', 'holds a path'],
    ['ssh://builder?x', 'nothing may follow'],
    ['ssh://builder:99999', 'not a valid URL'],
    ['ssh://builder:0', 'port 0'],
    ['ssh://-oProxyCommand=x@builder', 'not a user name'],
    ['ssh://root@-oProxyCommand=x', 'not a host name'],
    ['ssh://a%0Ab@builder', 'not a user name'],
    ['ssh://%zz@builder', 'percent-encoding'],
    ['ssh://', 'not a host name'],
  ])('refuses %s', (text, problem) => {
    expect(() => parseSshUrl(text)).toThrow(
      expect.objectContaining({
        exitCode: ExitCode.usage,
        problem: expect.stringContaining(problem) as string,
      }),
    );
  });
});

describe('formatSshUrl', () => {
  it.each([
    'ssh://root@builder',
    'ssh://me@builder:2222',
    'ssh://me@[fe80::1]:23',
    'ssh://user%40corp@builder',
  ])('gives back %s', (text) => {
    expect(formatSshUrl(parseSshUrl(text))).toBe(text);
  });
});
