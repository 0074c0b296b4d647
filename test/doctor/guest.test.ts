import { describe, expect, it } from 'vitest';
import { examine, type Finding } from '../../src/doctor/check.ts';
import { guestChecks } from '../../src/doctor/guest.ts';
import { answeringHost, type Answers } from './answering-host.ts';

const status = {
  provisioning: { time: '2026-11-22T12:00:00.000Z', ok: true, done: 14, failures: [] },
  shares: [{ tag: 'vol0', target: '/home/me', readOnly: false }],
  ready: 'Ready',
  health: { pid: 77, watched: [{ name: 'db' }] },
};

const tag = (name: string): string =>
  `dev.virtio_p9fs.0.%driver: virtio_p9fs\ndev.virtio_p9fs.0.p9fs_mount_tag: ${name}\n`;
const df = (mount: string, freeKib: number): string =>
  `Filesystem 1024-blocks Used Avail Capacity Mounted on\nzroot/x 9999999 1 ${freeKib} 1% ${mount}\n`;

/** A machine that has all that it should have. */
const healthy = (): Answers => ({
  '/usr/local/sbin/podbsd-agent status --json': JSON.stringify(status),
  'freebsd-version -k': '15.1-RELEASE-p2\n',
  'freebsd-version -u': '15.1-RELEASE-p3\n',
  'uname -r': '15.1-RELEASE-p2\n',
  'podman --version': 'podman version 5.8.2\n',
  'kldstat -v': 'Id Refs Address Size Name\n\t\t7 virtio_pci/virtio_p9fs\n',
  'sysctl dev.virtio_p9fs': tag('vol0'),
  'id -u': '1777\n',
  'sudo -n pfctl -s info': 'Status: Enabled for 0 days 00:01:00 Debug: Urgent\n',
  'test -x /usr/local/lib/cni/dnsname': '',
  'test -x /usr/local/sbin/dnsmasq': '',
  'test -x /usr/local/libexec/podman/catatonit': '',
  'pkg info -e podman': '',
  'pkg query %v ocijail': '0.6.0_1\n',
  'sysctl -n kern.racct.enable': '1\n',
  'sysctl -n hw.ncpu': '2\n',
  'date -u +%s': `${Math.round(Date.now() / 1000)}\n`,
  'df -k -P /': df('/', 50_000_000),
  'df -k -P /var/db/containers': df('/var/db/containers', 50_000_000),
});

async function look(
  changes: Answers = {},
  silent: readonly string[] = [],
  user = 'core',
): Promise<Finding[]> {
  const ping = async (socket: string): Promise<string> => {
    if (silent.includes(socket)) throw new Error('connection refused');
    return 'API 5.8.2';
  };
  const host = answeringHost({ ...healthy(), ...changes });
  return await examine(guestChecks({ host, user, ping }), () => undefined);
}

describe('a running machine', () => {
  it('is found well when it is', async () => {
    const findings = await look();
    expect(findings.filter(({ state }) => state !== 'ok')).toEqual([]);
    expect(findings.map(({ id }) => id)).toContain('guest.api-user');
  });

  const provisioning = { ...status.provisioning, ok: false, failures: ['there is no user nobody'] };
  it.each<[what: string, id: string, state: string, finding: RegExp, changes: Answers]>([
    [
      'provisioning failed',
      'guest.agent',
      'problem',
      /there is no user nobody/,
      { '/usr/local/sbin/podbsd-agent status --json': JSON.stringify({ ...status, provisioning }) },
    ],
    [
      'an agent of another time',
      'guest.agent',
      'problem',
      /unexpected answer/,
      { '/usr/local/sbin/podbsd-agent status --json': 'ok' },
    ],
    [
      'no health checks',
      'guest.health',
      'problem',
      /not running: containers stay/,
      { '/usr/local/sbin/podbsd-agent status --json': JSON.stringify({ ...status, health: null }) },
    ],
    ['no plugin', 'guest.names', 'warning', /no plugin/, { 'test -x /usr/local/lib/cni/dnsname': 1 }],
    ['no dnsmasq', 'guest.names', 'problem', /dnsmasq/, { 'test -x /usr/local/sbin/dnsmasq': 1 }],
    [
      'no catatonit',
      'guest.pods',
      'problem',
      /catatonit/,
      { 'test -x /usr/local/libexec/podman/catatonit': 1 },
    ],
    ['an own podman', 'guest.pods', 'warning', /overlay/, { 'pkg info -e podman': 1 }],
    ['an old ocijail', 'guest.ocijail', 'warning', /0\.5\.0 is older/, { 'pkg query %v ocijail': '0.5.0\n' }],
    ['no figures', 'guest.stats', 'warning', /podman stats/, { 'sysctl -n kern.racct.enable': '0\n' }],
    ['one processor', 'guest.processors', 'warning', /podman exec/, { 'sysctl -n hw.ncpu': '1\n' }],
    [
      'upgraded, not restarted',
      'guest.kernel',
      'warning',
      /is installed/,
      { 'freebsd-version -k': '15.2-RELEASE\n' },
    ],
    [
      'kernel of another release',
      'guest.kernel',
      'problem',
      /base system 15.2/,
      { 'freebsd-version -u': '15.2-RELEASE\n' },
    ],
    ['podman 6', 'guest.podman', 'problem', /no network/, { 'podman --version': 'podman version 6.0.0\n' }],
    ['driver missing', 'guest.p9fs', 'warning', /not loaded/, { 'kldstat -v': 'Id Refs Address\n' }],
    [
      'share not mounted',
      'guest.shares',
      'problem',
      /not mounted: vol1/,
      { 'sysctl dev.virtio_p9fs': tag('vol1') },
    ],
    ['pf off', 'guest.pf', 'problem', /not enabled/, { 'sudo -n pfctl -s info': 'Status: Disabled\n' }],
    ['sudo refused', 'guest.pf', 'problem', /not enabled/, { 'sudo -n pfctl -s info': 1 }],
    ['clock after the host has slept', 'guest.clock', 'problem', /behind/, { 'date -u +%s': '1760000000\n' }],
    [
      'clock a little off',
      'guest.clock',
      'warning',
      /ahead/,
      { 'date -u +%s': `${Math.round(Date.now() / 1000) + 30}` },
    ],
    ['disk full', 'guest.space:/', 'problem', /0\.1 GiB free at \//, { 'df -k -P /': df('/', 100_000) }],
    ['disk scarce', 'guest.space:/', 'warning', /1\.0 GiB/, { 'df -k -P /': df('/', 1_000_000) }],
  ])('is seen through: %s', async (_what, id, state, finding, changes) => {
    const found = (await look(changes)).filter((one) => one.state !== 'ok');
    expect(found[0]).toMatchObject({ id, state, finding: expect.stringMatching(finding) as string });
    expect(found[0]?.repair).toMatch(/\S/);
    // What depends on the agent's answer cannot be told without it; all else is not affected.
    expect(found.slice(1).filter((one) => !['guest.shares', 'guest.health'].includes(one.id))).toEqual([]);
  });

  it('without shares is not asked for any', async () => {
    const changes = {
      '/usr/local/sbin/podbsd-agent status --json': JSON.stringify({ ...status, shares: [] }),
      'sysctl dev.virtio_p9fs': 1,
    };
    const shares = (await look(changes)).find(({ id }) => id === 'guest.shares');
    expect(shares?.state).toBe('skipped');
  });

  it('whose API is silent is told apart by socket', async () => {
    const socket = '/run/user/1777/podman/podman.sock';
    const found = (await look({}, [socket])).filter(({ state }) => state === 'problem');
    expect(found).toMatchObject([{ id: 'guest.api-user', finding: `the API does not answer at ${socket}` }]);
  });

  it('is looked at by root without sudo, and has no rootless socket then', async () => {
    const found = await look(
      { 'pfctl -s info': 'Status: Enabled\n', 'sudo -n pfctl -s info': 1 },
      [],
      'root',
    );
    expect(found.every(({ state }) => state === 'ok')).toBe(true);
    expect(found.map(({ id }) => id)).not.toContain('guest.api-user');
  });
});
