import { expect, it } from 'vitest';
import type { Verdict } from '../../src/doctor/check.ts';
import { sleepCheck } from '../../src/doctor/sleep.ts';
import { answeringHost, type Answers } from './answering-host.ts';

const masked = 'systemctl show --property=LoadState --value sleep.target';
const logind = (property: string): string =>
  `busctl --timeout=5 get-property org.freedesktop.login1 /org/freedesktop/login1 org.freedesktop.login1.Manager ${property}`;

/** A host that can sleep, with what its programs answer and what it is powered by. */
async function look(
  platform: NodeJS.Platform,
  answers: Answers,
  states = 'freeze mem disk\n',
  supplies = ['AC'],
): Promise<Verdict> {
  const host = Object.assign(answeringHost(answers), {
    readText: async (path: string) => (path === '/sys/power/state' ? states : undefined),
    list: async () => supplies,
  });
  return await sleepCheck(host, platform).look();
}

const never = { [logind('IdleAction')]: 's "ignore"', [logind('HandleLidSwitch')]: 's "suspend"' };

it.each<[string, NodeJS.Platform, Answers, Verdict['state'], RegExp, (string | undefined)?, string[]?]>([
  ['the kernel knows no sleep', 'linux', {}, 'ok', /cannot/, ''],
  ['it is masked', 'linux', { [masked]: 'masked' }, 'ok', /masked/],
  ['there is no logind', 'linux', { [masked]: 'loaded' }, 'ok', /no systemd-logind/],
  [
    'logind suspends it',
    'linux',
    { ...never, [logind('IdleAction')]: 's "suspend"' },
    'warning',
    /"suspend" when nobody types/,
  ],
  ['it is no laptop', 'linux', never, 'ok', /does nothing when nobody types$/],
  ['it is a laptop', 'linux', never, 'warning', /lid is closed/, undefined, ['AC', 'BAT0']],
  [
    'pmset says when',
    'darwin',
    { 'pmset -g': ' disksleep            10\n sleep                1\n' },
    'warning',
    /after 1 minutes/,
  ],
  ['pmset says never', 'darwin', { 'pmset -g': ' sleep                0\n' }, 'ok', /never/],
  [
    'caffeinate holds it',
    'darwin',
    { 'pmset -g': ' sleep   1 (sleep prevented by caffeinate)\n' },
    'ok',
    /caffeinate/,
  ],
  ['pmset is not there', 'darwin', {}, 'skipped', /pmset/],
  [
    'its lid does something',
    'freebsd',
    { 'sysctl -n hw.acpi.lid_switch_state': 'S3' },
    'warning',
    /goes to S3/,
  ],
  ['its lid does nothing', 'freebsd', { 'sysctl -n hw.acpi.lid_switch_state': 'NONE' }, 'ok', /never/],
])('where %s (%s)', async (_what, platform, answers, state, finding, states, supplies) => {
  const verdict = await look(platform, answers, states, supplies);
  expect(verdict).toMatchObject({ state, finding: expect.stringMatching(finding) as string });
  // A warning has the command that keeps the system awake.
  expect(verdict.repair !== undefined).toBe(state === 'warning');
});
