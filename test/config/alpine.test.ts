import { describe, expect, it } from 'vitest';
import { alpineSchema, megabytes } from '../../src/config/alpine.ts';
import { parseConfig } from '../../src/config/load.ts';

/** What is said about a table with these keys; undefined when it is accepted. */
function problem(keys: object): string | undefined {
  const result = alpineSchema.safeParse(keys);
  return result.success ? undefined : result.error.issues.map((issue) => issue.message).join('; ');
}

const share = { tag: 'data', source: '/tank/data', target: '/srv/data' };
const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIM3gLKNHfAzwAoL72c71iMIVRqAiir4KIPwzokcmXvvh';
const fixed = { address: '192.0.2.10/24', gateway: '192.0.2.1', dns: ['192.0.2.53'] };

/** Not a real key, but one of the right form. */
const skType = 'sk-ssh-ed25519@openssh.com';
const sshString = (text: string): Buffer => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(text.length);
  return Buffer.concat([length, Buffer.from(text)]);
};
const skBlob = Buffer.concat([skType, 'x'.repeat(32), 'ssh:'].map(sshString));
const skKey = `${skType} ${skBlob.toString('base64')}`;

describe('the [alpine] table', () => {
  it('has a default for every key', () => {
    expect(parseConfig('', 'podbsd.toml').alpine).toMatchObject({
      ...{
        cpus: 2,
        memory: '2G',
        engine: 'podman',
        network: 'dhcp',
        timezone: 'UTC',
        branch: 'latest-stable',
      },
    });
  });

  it('is read from a file, with line and key of what is wrong', () => {
    const text = '[alpine]\nmemory = "4096M"\n[alpine.network]\naddress = "192.0.2.10"\n';
    expect(() => parseConfig(text, 'web.toml')).toThrow(/web\.toml:4: \[alpine\.network\] address: /);
    expect(() => parseConfig('[alpine]\nmemry = "1G"\n', 'web.toml')).toThrow(/did you mean `memory`/);
  });

  it.each<[string, object]>([
    ['a key with a comment', { ssh_authorized_keys: [`${key} me@host, laptop`] }],
    ['a key without', { ssh_authorized_keys: [key] }],
    ['a zone of three parts', { timezone: 'America/Argentina/Buenos_Aires' }],
    ['a zone with a sign', { timezone: 'Etc/GMT+5' }],
    ['IPv6', { network: { address: '2001:db8::10/64', gateway: '2001:db8::1', dns: ['2001:db8::53'] } }],
    [
      'a link-local gateway',
      { network: { address: '2001:db8::10/64', gateway: 'fe80::1', dns: ['fe80::1%eth0'] } },
    ],
    ['a package with capitals', { packages: ['R'] }],
    ['a share below a folder of the system that is free', { shares: [{ ...share, target: '/var/lib/app' }] }],
    ['a share where no data disk is', { engine: 'none', data_disk: 'none', shares: [share] }],
    ['an old name of a zone', { timezone: 'US/Pacific' }],
    ['a security key', { ssh_authorized_keys: [skKey] }],
    ['two shares', { shares: [share, { ...share, tag: 'x', target: '/srv/x' }] }],
  ])('accepts %s', (_, keys) => {
    expect(problem(keys)).toBeUndefined();
  });

  it.each<[string, object]>([
    ['a second line in a key', { ssh_authorized_keys: [`${key}\nssh-ed25519 AAAA evil`] }],
    ['options before a key', { ssh_authorized_keys: [`command="x" ${key}`] }],
    ['a key that was cut short', { ssh_authorized_keys: [key.slice(0, -9)] }],
    [
      'a key of another type than it says',
      { ssh_authorized_keys: [key.replace('ssh-ed25519 ', 'ssh-rsa ')] },
    ],
    ['a zone that nobody knows', { timezone: 'Mars/Olympus' }],
    ['a zone in small letters, which is no file', { timezone: 'europe/berlin' }],
    ['a share over temporary files', { shares: [{ ...share, target: '/var/tmp/x' }] }],
    ['a share over all variable files', { shares: [{ ...share, target: '/var' }] }],
    ['a share over the data disk', { engine: 'none', shares: [share] }],
    ['a target that is written in another way', { shares: [{ ...share, target: '/srv//data' }] }],
    ['a gateway of another kind', { network: { ...fixed, gateway: '2001:db8::1' } }],
    ['a gateway of another network', { network: { ...fixed, gateway: '198.51.100.1' } }],
    ['an address with a zone', { network: { ...fixed, address: 'fe80::1%eth0/64', gateway: 'fe80::2' } }],
    ['a disk beyond what its partition table counts', { overlay_disk: '3T' }],
    ['memory in which nothing starts', { memory: '1M' }],
    ['shell in a host name', { hostname: 'a$(id)' }],
    ['a zone that leads out', { timezone: '../../etc/passwd' }],
    ['a zone that is absolute', { timezone: '/etc/passwd' }],
    ['a quote in a proxy', { proxy: { http: "http://x'$(id)'" } }],
    ['a blank in no_proxy', { proxy: { none: 'a b' } }],
    ['a comma in a shared folder', { shares: [{ ...share, source: '/tank/a,ro' }] }],
    ['a blank in a shared folder', { shares: [{ ...share, source: '/tank/a b' }] }],
    ['a glob in a shared folder', { shares: [{ ...share, source: '/tank/*' }] }],
    ['an equals sign in a tag', { shares: [{ ...share, tag: 'a=b' }] }],
    ['a tag of 32 characters', { shares: [{ ...share, tag: 'x'.repeat(32) }] }],
    ['the same tag twice', { shares: [share, { ...share, target: '/srv/x' }] }],
    ['the same target twice', { shares: [share, { ...share, tag: 'x' }] }],
    ['a share over the system', { shares: [{ ...share, target: '/etc/ssh' }] }],
    ['a share that leads out', { shares: [{ ...share, target: '/srv/../etc' }] }],
    ['an option in place of a package', { packages: ['--allow-untrusted'] }],
    [
      'an address without length',
      { network: { address: '192.0.2.1', gateway: '192.0.2.1', dns: ['192.0.2.1'] } },
    ],
    [
      'a length beyond 32',
      { network: { address: '192.0.2.1/33', gateway: '192.0.2.1', dns: ['192.0.2.1'] } },
    ],
    ['no name server', { network: { address: '192.0.2.1/24', gateway: '192.0.2.1', dns: [] } }],
    ['a disk that is too small', { overlay_disk: '32M' }],
    ['memory without a unit', { memory: '4096' }],
    ['no processor', { cpus: 0 }],
    ['a switch name that vm-bhyve refuses', { switch: 'a-name-too-long' }],
    ['unknown keys', { memry: '1G' }],
  ])('refuses %s', (_, keys) => {
    expect(problem(keys)).toBeDefined();
  });

  it('says one thing about each value', () => {
    for (const keys of [{ memory: 'abc' }, { timezone: '../x' }, { ssh_authorized_keys: ['x'] }])
      expect(problem(keys)).not.toContain(';');
  });

  it('counts sizes in units of 1024', () => {
    expect(['512M', '20G', '1T'].map(megabytes)).toEqual([512, 20_480, 1_048_576]);
  });
});
