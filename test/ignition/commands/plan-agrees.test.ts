import { describe, expect, it } from 'vitest';
import { agent } from '../../../ignition/src/agent.ts';
import { provision } from '../../../ignition/src/commands/provision.ts';
import type { Plan } from '../../../ignition/src/plan/steps.ts';
import { readStatus } from '../../../ignition/src/state/status.ts';
import { appleFixtures, caseFixtures, config, fixtures } from '../support/fixtures.ts';
import { freshGuest } from '../support/freebsd.ts';

const users = [{ name: 'core', uid: 1777 }];
const file = (parts: object): string =>
  config({ passwd: { users }, storage: { files: [{ path: '/opt/a', ...parts }] } });
const wrongHash = `sha256-${'0'.repeat(64)}`;

const refused: readonly (readonly [name: string, text: string])[] = [
  ['cut off', '{"ignition":'],
  ['of another version', '{"ignition":{"version":"3.9.0"}}'],
  ['with a broken data: URL', file({ contents: { source: 'data:,%zz' } })],
  ['with broken base64', file({ contents: { source: 'data:;base64,a' } })],
  ['with what is no gzip', file({ contents: { source: 'data:,x', compression: 'gzip' } })],
  ['with another hash', file({ contents: { source: 'data:,x', verification: { hash: wrongHash } } })],
  ['with a remote file', file({ contents: { source: 'https://example.org/' } })],
  ['with a broken part to append', file({ append: [{ source: 'data:,%' }] })],
  ['with a disk layout', config({ storage: { disks: [{ device: '/dev/vtbd0' }] } })],
  [
    'with a remote config',
    config({ ignition: { version: '3.4.0', config: { replace: { source: 'https://x/' } } } }),
  ],
  ['with a second root', config({ passwd: { users: [{ name: 'toor', uid: 0 }] } })],
  [
    'with a home that belongs to the system',
    config({ passwd: { users: [{ name: 'core', homeDir: '/etc' }] } }),
  ],
  [
    'with a mount unit that names nothing',
    config({ systemd: { units: [{ name: 'a.mount', contents: '[Mount]\n' }] } }),
  ],
];

function planned(text: string) {
  const { system } = freshGuest();
  system.put('/a.ign', text);
  const before = system.listing();
  const code = agent(system, ['podbsd-agent', 'plan', '--config', '/a.ign', '--json']);
  expect(system.listing()).toEqual(before);
  return { code, plan: JSON.parse(system.stdout) as Partial<Plan> };
}

function provisioned(text: string) {
  const guest = freshGuest();
  guest.fwcfg.set('opt/com.coreos/config', text);
  const code = provision(guest.system);
  return { code, status: readStatus(guest.system) };
}

describe('plan and provisioning', () => {
  it.each([...fixtures, ...appleFixtures, ...caseFixtures])(
    'take the same of %s, and leave out the same',
    (_name, text) => {
      const { code, plan } = planned(text);
      const { code: provisionCode, status } = provisioned(text);
      expect([code, provisionCode]).toEqual([0, 0]);
      expect(plan.skipped).toEqual(status?.skipped);
      expect(plan.steps).toHaveLength((status?.done ?? 0) + (status?.notices.length ?? 0));
    },
  );

  it.each(refused)('refuse the same: a config %s', (_what, text) => {
    const { code } = planned(text);
    const { code: provisionCode, status } = provisioned(text);
    expect([code, provisionCode]).toEqual([65, 1]);
    expect(status?.failures).not.toEqual([]);
  });
});

describe('small configs that people met', () => {
  const named = (name: string): string => caseFixtures.find(([file]) => file === `${name}.ign`)?.[1] ?? '';

  it('an empty home is the usual one', () => {
    const guest = freshGuest();
    guest.fwcfg.set('opt/com.coreos/config', named('homedir-empty'));
    expect(provision(guest.system)).toBe(0);
    expect(guest.system.lstat('/home/core')?.type).toBe('directory');
  });

  it('a host name is set, and the quadlet beside it is said to have no effect', () => {
    const { status } = provisioned(named('quadlet-silent'));
    expect(status?.skipped).toMatchObject([{ what: '/etc/containers/systemd/web.container' }]);
  });

  it('a resolver link leaves the names of the guest alone', () => {
    const { status } = provisioned(named('resolvconf-link'));
    expect(status?.skipped).toMatchObject([{ what: '/etc/resolv.conf' }]);
  });

  it('keys among comments get in', () => {
    const guest = freshGuest();
    guest.fwcfg.set('opt/com.coreos/config', named('ssh-keys-comment'));
    expect(provision(guest.system)).toBe(0);
    expect(guest.system.readText('/home/core/.ssh/authorized_keys')?.match(/^ssh-ed25519 /gm)).toHaveLength(
      2,
    );
  });
});
