import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/ground/assets.ts';
import { ignitionConfig, type IgnitionOptions } from '../../src/vm/ignition-config.ts';

const fixtures = join(packageRoot, 'test/fixtures/ignition');

interface Config {
  passwd: { users: { name: string; uid?: number; groups?: string[]; sshAuthorizedKeys?: string[] }[] };
  systemd: { units: { name: string }[] };
}

async function fixture(name: string): Promise<Config> {
  return JSON.parse(await readFile(join(fixtures, name), 'utf8')) as Config;
}

const options: IgnitionOptions = {
  era: '4.3',
  user: 'core',
  uid: 1777,
  publicKey: 'ssh-ed25519 AAAA me@host',
  rootful: true,
  timezone: 'Europe/Berlin',
  volumes: [{ target: '/srv/data' }, { target: '/mnt/ro' }, { target: '/home/core/d' }],
};

describe('a generated config', () => {
  it.each([
    ['podman-4.3.1-rootful-volumes.ign', { ...options }],
    ['podman-4.3.1-rootless.ign', { ...options, rootful: false, timezone: 'UTC', volumes: [] }],
    ['podman-5.4.2-rootless.ign', { ...options, era: '5.4', rootful: false, timezone: 'UTC' }],
    ['podman-6.0.0-rc1-rootful-volumes.ign', { ...options, era: '6.0' }],
  ] as const)('equals what podman wrote: %s', async (name, given) => {
    const recorded = await fixture(name);
    const publicKey = recorded.passwd.users[0]?.sshAuthorizedKeys?.[0] ?? '';
    expect(JSON.parse(ignitionConfig({ ...given, publicKey }))).toEqual(recorded);
  });

  it('for another user has the home, the groups and the missing core of podman 4.9 and later', () => {
    const text = ignitionConfig({ ...options, era: '5.4', user: 'dev', rootful: false });
    expect(text).not.toContain('/home/core');
    const { users } = (JSON.parse(text) as Config).passwd;
    expect(users.map((user) => user.name)).toEqual(['dev', 'root', 'core']);
    expect(users[0]).toMatchObject({ uid: 1777, groups: ['sudo', 'adm', 'wheel', 'systemd-journal'] });
    expect(users[2]).toEqual({ name: 'core', shouldExist: false });
  });

  it('names mount units as systemd-escape does', () => {
    const volumes = [{ target: '/a-b/.c d/' }];
    const { units } = (JSON.parse(ignitionConfig({ ...options, era: '6.0', volumes })) as Config).systemd;
    expect(units.map((unit) => unit.name)).toContain('a\\x2db-.c\\x20d.mount');
  });
});
