import { beforeEach, describe, expect, it } from 'vitest';
import { Context } from '../../../ignition/src/apply/context.ts';
import { provision } from '../../../ignition/src/commands/provision.ts';
import { own } from '../../../ignition/src/freebsd/paths.ts';
import { readEnvironment } from '../../../ignition/src/state/environment.ts';
import { keysOf, readRecord, updateRecord } from '../../../ignition/src/state/record.ts';
import { rememberedShares, rememberShare } from '../../../ignition/src/state/shares.ts';
import { readStatus } from '../../../ignition/src/state/status.ts';
import { readUpgradeState, writeUpgradeState } from '../../../ignition/src/state/upgrade.ts';
import { fixture } from '../support/fixtures.ts';
import { freshGuest, type Guest } from '../support/freebsd.ts';

let guest: Guest;

beforeEach(() => {
  guest = freshGuest();
});

const readers: readonly [path: string, read: (guest: Guest) => unknown, empty: unknown][] = [
  [own.status, ({ system }) => readStatus(system), undefined],
  [own.shares, ({ system }) => rememberedShares({ system }), []],
  [own.record, ({ system }) => readRecord({ system }).users, []],
  [own.environment, ({ system }) => readEnvironment(system), {}],
  [own.upgrade, ({ system }) => readUpgradeState(system), undefined],
];

const damaged: readonly [what: string, content: string, reason: RegExp][] = [
  ['cut off', '{"time": "2026', /it is not JSON/],
  ['empty', '', /it is not JSON/],
  ['zeros', '\0\0\0\0', /it is not JSON/],
  ['another type', '3', /it is not (?:an object|a list)/],
];

describe.each(readers)('%s', (path, read, empty) => {
  it('may be missing', () => {
    expect(read(guest)).toEqual(empty);
    expect(guest.system.readText('/dev/console')).toBe('');
  });

  it.each(damaged)('is laid aside when it is damaged (%s), which is said once', (_what, content, reason) => {
    guest.system.put(path, content);
    expect(read(guest)).toEqual(empty);
    expect(read(guest)).toEqual(empty);
    expect(guest.system.readText(`${path}.damaged`)).toBe(content);
    const said = guest.system.readText('/dev/console') ?? '';
    expect(said).toMatch(reason);
    expect(said.match(/is damaged/g)).toHaveLength(1);
    expect(guest.system.readText(own.log)).toContain(`${path} is damaged`);
  });
});

describe('a value of the wrong type', () => {
  it.each([
    [own.status, '{"time":1}', '/time is not a text'],
    [own.shares, '[{"tag":"a","target":"../etc","readOnly":true}]', '/0/target is not an absolute path'],
    [own.shares, '[{"tag":"a","target":"/mnt"}]', '/0/readOnly is not true or false'],
    [own.record, '{"keys":{"core":[1]}}', '/keys/core/0 is not a text'],
    [own.environment, '{"SSL_CERT_FILE":null}', '/SSL_CERT_FILE is not a text'],
    [own.upgrade, '{"phase":"maybe"}', '/phase is not one of building'],
  ])('%s: %s', (path, content, reason) => {
    guest.system.put(path, content);
    for (const [of, read, empty] of readers) if (of === path) expect(read(guest)).toEqual(empty);
    expect(guest.system.readText('/dev/console')).toContain(reason);
  });
});

it('does not stop the boot when all five are damaged', () => {
  for (const [path] of readers) guest.system.put(path, '{"');
  guest.fwcfg.set('opt/com.coreos/config', fixture('podman-5.4.2'));
  expect(provision(guest.system)).toBe(0);
  expect(readStatus(guest.system)).toMatchObject({ ok: true, machineUser: 'core' });
  expect(readRecord(guest).users).toEqual(['core']);
});

it('is told to somebody who cannot lay it aside', () => {
  guest.system.put(own.status, '{');
  guest.system.beforeChange = () => {
    throw new Error('Permission denied');
  };
  expect(readStatus(guest.system)).toBeUndefined();
  expect(guest.system.stderr).toContain(`podbsd: ${own.status} is damaged`);
});

it('keeps what is written, under any name', () => {
  const context = new Context(guest.system);
  updateRecord(context, (record) => ({ ...record, keys: { constructor: ['ssh-ed25519 AAAA'] } }));
  expect(keysOf(readRecord(context), 'constructor')).toEqual(['ssh-ed25519 AAAA']);
  expect(keysOf(readRecord(context), 'toString')).toEqual([]);
  rememberShare(context, { tag: 'vol0', target: '/mnt/a', readOnly: false });
  rememberShare(context, { tag: 'vol1', target: '/mnt/a', readOnly: true });
  expect(rememberedShares(context)).toEqual([{ tag: 'vol1', target: '/mnt/a', readOnly: true }]);
  const state = { phase: 'on-trial', environment: 'podbsd-1', from: 'default', time: 'now' } as const;
  writeUpgradeState(context, state);
  expect(readUpgradeState(guest.system)).toEqual(state);
});

it('leaves out what a newer agent has written beside it', () => {
  guest.system.put(own.record, '{"users":["core"],"later":1}');
  expect(readRecord(guest)).toEqual({
    users: ['core'],
    keys: {},
    appended: {},
    rehash: false,
    certificates: {},
  });
});
