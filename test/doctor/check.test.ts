import { expect, it } from 'vitest';
import { examine, ok } from '../../src/doctor/check.ts';
import { freebsdHostChecks } from '../../src/doctor/freebsd-host.ts';
import { guestChecks } from '../../src/doctor/guest.ts';
import { answeringHost } from './answering-host.ts';

/** A check that gets lost is not missed by anybody: each system's are counted. */
const checks = {
  'a FreeBSD host': [freebsdHostChecks(answeringHost({})), 4],
  'a machine that core logs in to': [guestOf('core'), 19],
  'a machine that root logs in to': [guestOf('root'), 18],
} as const;

it.each(Object.entries(checks))('%s has all its checks', (_name, [found, count]) => {
  expect(new Set(found.map(({ id }) => id)).size).toBe(count);
});

function guestOf(user: string) {
  return guestChecks({ host: answeringHost({}), user, ping: async () => undefined });
}

it('does not wait for a check that never ends', async () => {
  const hanging = { id: 'x', title: 'x', look: () => new Promise<never>(() => undefined), limitMs: 1 };
  const after = { id: 'y', title: 'y', look: async () => ok('fine') };
  const findings = await examine([hanging, after], () => undefined);
  expect(findings.map(({ id, state, finding }) => [id, state, finding])).toEqual([
    ['x', 'problem', 'no answer within 0.0 s'],
    ['y', 'ok', 'fine'],
  ]);
});
