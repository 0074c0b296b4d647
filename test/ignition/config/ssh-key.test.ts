import { describe, expect, it } from 'vitest';
import { parseSshKey } from '../../../ignition/src/config/ssh-key.ts';
import { aKey } from '../support/fixtures.ts';

describe('SSH keys', () => {
  it.each([
    aKey,
    `${aKey} me@host`,
    `  ${aKey} a comment\t`,
    `restrict,pty ${aKey}`,
    `from="10.0.0.0/8,::1",no-pty ${aKey} x`,
  ])('takes %s', (line) => {
    expect(parseSshKey(line)).toEqual({ line: line.trim(), identity: aKey });
  });

  it.each([
    '',
    '# comment',
    'ssh-ed25519',
    'ssh-ed25519 AAAA',
    'ssh-ed25519 $(touch /tmp/x)',
    aKey.replace('ssh-ed25519', 'ssh-rsa'),
    `${aKey}\n${aKey}`,
    `${aKey} a\rb`,
    `command="reboot" ${aKey}`,
    `environment="PATH=/tmp" ${aKey}`,
    `from="*",command="a \\" b" ${aKey}`,
    `tunnel="0" ${aKey}`,
  ])('refuses %j', (line) => {
    expect(parseSshKey(line)).toHaveProperty('problem');
  });
});
