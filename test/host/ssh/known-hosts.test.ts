import { execa } from 'execa';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { generateKeyPair } from '../../../src/host/ssh/key-pair.ts';
import { KnownHosts, keyType, knownHostsLine, knownHostsName } from '../../../src/host/ssh/known-hosts.ts';
import { missing } from '../../support/programs.ts';

async function makeKey(): Promise<Buffer> {
  const { publicKey } = await generateKeyPair();
  return Buffer.from(publicKey.split(' ')[1] ?? '', 'base64');
}
const key = await makeKey();
const other = await makeKey();
const text = `ssh-ed25519 ${key.toString('base64')}`;

describe('KnownHosts', () => {
  it.each([
    ['builder', 'builder', 'known'],
    ['builder,10.0.0.1', '10.0.0.1', 'known'],
    ['Builder', 'builder', 'known'],
    ['*.example.org', 'a.example.org', 'known'],
    ['build?r', 'builder', 'known'],
    ['*,!builder', 'builder', 'unknown'],
    ['builder', '[builder]:2222', 'unknown'],
    ['[builder]:2222', '[builder]:2222', 'known'],
    ['b.ilder', 'builder', 'unknown'],
    ['# builder', 'builder', 'unknown'],
    ['@cert-authority builder', 'builder', 'unknown'],
  ])('%s for %s: %s', (names, name, verdict) => {
    expect(new KnownHosts(`# comment\n\n${names} ${text} comment\n`).check(name, key)).toBe(verdict);
  });

  it('tells a changed key from an unknown host', () => {
    const hosts = new KnownHosts(`builder ${text}\n`);
    expect(hosts.check('builder', other)).toBe('changed');
    expect(hosts.check('elsewhere', other)).toBe('unknown');
  });

  it('takes a host with keys of another type only for changed', () => {
    expect(new KnownHosts('builder ssh-rsa AAAAB3NzaC1yc2E=\n').check('builder', key)).toBe('changed');
  });

  it('knows a host with several keys by each of them', () => {
    const hosts = new KnownHosts([key, other].map((one) => knownHostsLine(['builder'], one)).join('\n'));
    expect([hosts.check('builder', key), hosts.check('builder', other)]).toEqual(['known', 'known']);
  });

  it('refuses a revoked key even where it is listed too', () => {
    expect(new KnownHosts(`builder ${text}\n@revoked * ${text}\n`).check('builder', key)).toBe('revoked');
  });

  it.skipIf(missing('ssh-keygen') !== undefined)('reads names that ssh-keygen has hashed', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'podbsd-known-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const file = join(folder, 'known_hosts');
    await writeFile(file, `${knownHostsLine([knownHostsName('Builder', 2222)], key)}\n`);
    await execa('ssh-keygen', ['-H', '-f', file]);
    const hashed = await readFile(file, 'utf8');
    expect(hashed).toMatch(/^\|1\|/);
    const hosts = new KnownHosts(hashed);
    expect(hosts.check('[builder]:2222', key)).toBe('known');
    expect(hosts.check('[builder]:2222', other)).toBe('changed');
    expect(hosts.check('builder', key)).toBe('unknown');
  });

  it.each([
    ['the host without a port, as OpenSSH does', 'builder', 'known'],
    ['the port first', '[builder]:2222', 'known'],
    ['no other port', '[builder]:2223', 'unknown'],
    ['patterns with a port', '[build*]:22?2', 'known'],
  ] as const)('takes for a server on another port %s', (_, names, verdict) => {
    const hosts = new KnownHosts(`${names} ${text}\n`);
    expect(hosts.checkServer('builder', 2222, key)).toBe(verdict);
  });

  it('takes another key of the host without a port for nothing at all, and one of its port for a change', () => {
    const otherText = `${keyType(other)} ${other.toString('base64')}`;
    expect(new KnownHosts(`builder ${otherText}\n`).checkServer('builder', 2222, key)).toBe('unknown');
    expect(new KnownHosts(`builder ${otherText}\n`).checkServer('builder', 22, key)).toBe('changed');
    const both = `[builder]:2222 ${otherText}\nbuilder ${text}\n`;
    expect(new KnownHosts(both).checkServer('builder', 2222, key)).toBe('changed');
    expect(new KnownHosts(`@revoked builder ${text}\n`).checkServer('builder', 2222, key)).toBe('revoked');
  });

  it('takes a line for an authority for no key of a host', () => {
    const hosts = new KnownHosts(`@cert-authority * ${text}\n`);
    expect(hosts.checkServer('builder', 2222, key)).toBe('unknown');
    expect(hosts.checkServer('builder', 2222, other)).toBe('unknown');
  });
});

it('keyType reads the type out of the key itself', () => {
  expect(keyType(key)).toBe('ssh-ed25519');
});
