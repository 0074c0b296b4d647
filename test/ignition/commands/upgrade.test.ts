import { beforeEach, describe, expect, it } from 'vitest';
import { agent } from '../../../ignition/src/agent.ts';
import { readUpgradeState } from '../../../ignition/src/state/upgrade.ts';
import { provision } from '../../../ignition/src/commands/provision.ts';
import { fixture } from '../support/fixtures.ts';
import { freshGuest } from '../support/freebsd.ts';
import { restart, zfsGuest, type ZfsGuest } from '../support/zfs-guest.ts';

const program = '/usr/local/libexec/podbsd/podbsd-agent';
const root = '/var/run/podbsd/upgrade';

let guest: ZfsGuest;

beforeEach(() => {
  guest = zfsGuest();
  guest.fwcfg.set('opt/com.coreos/config', fixture('podman-4.3.1-rootful'));
});

function upgrade(...args: readonly string[]): number {
  return agent(guest.system, [program, 'upgrade', ...args]);
}

/** The machine starts: provisioning, then the ready line. Answers the exit code of `ready`. */
function start(): number {
  restart(guest);
  provision(guest.system);
  guest.system.put('/var/run/podman/podman.sock', '', 0o600);
  return agent(guest.system, [program, 'ready', '--timeout', '10']);
}

const clones = (): string[] => [...guest.environments.keys()].filter((name) => name.startsWith('podbsd-'));
const phase = (): string | undefined => readUpgradeState(guest.system)?.phase;
const said = (program: string): string[] =>
  guest.system.ran.filter(([path]) => path === program).map((argv) => argv.slice(1).join(' '));

describe('an upgrade', () => {
  it('happens in a clone, is tried once, and stays when the machine gets ready', () => {
    expect(upgrade()).toBe(0);
    const [clone] = clones();
    expect([guest.running, guest.next, guest.once]).toEqual(['default', 'default', clone]);
    expect(guest.environments.get(clone ?? '')).toEqual({ devfs: false });
    expect(said('/usr/local/sbin/pkg')).toContain(`-c ${root} upgrade -y -r FreeBSD-base`);
    expect(guest.system.stdout).toContain('Restart the machine');
    expect(start()).toBe(0);
    expect([guest.running, guest.next, phase()]).toEqual([clone, clone, 'confirmed']);
    expect(start()).toBe(0);
    expect([guest.running, phase()]).toEqual([clone, 'confirmed']);
  });

  it('downloads through the proxies of the host', () => {
    const item = 'https_proxy="http://u:p%40@h:1"';
    guest.fwcfg.set('opt/com.coreos/environment', Buffer.from(item).toString('base64'));
    provision(guest.system);
    expect(upgrade()).toBe(0);
    const { ran, variables } = guest.system;
    const downloads = ran.flatMap(([path, ...args], index) =>
      path === '/usr/local/sbin/pkg' && /^(?:update|upgrade)$/m.test(args.join('\n'))
        ? [variables[index]]
        : [],
    );
    expect(downloads.length).toBeGreaterThan(1);
    for (const seen of downloads)
      expect(seen).toEqual({ HTTPS_PROXY: 'http://u:p%40@h:1', https_proxy: 'http://u:p%40@h:1' });
  });

  it('goes back by itself when the machine does not get ready', () => {
    upgrade();
    guest.sshdAccepts = false;
    expect(start()).toBe(1);
    expect([guest.restarted, guest.next, phase()]).toEqual([true, 'default', 'failed']);
    // podman still waits: it must not be told anything before the old system is up.
    expect(guest.system.readText('/dev/vtcon/org.fedoraproject.port.0')).toBe('');
    guest.sshdAccepts = true;
    expect(start()).toBe(0);
    expect([guest.running, phase()]).toEqual(['default', 'fallen-back']);
    expect(guest.system.readText('/dev/console')).toContain('the upgrade has failed');
    expect(guest.system.readText('/dev/vtcon/org.fedoraproject.port.0')).toBe('Ready\n');
    // The next try starts with a clean slate.
    expect(upgrade()).toBe(0);
    expect(clones()).toHaveLength(1);
  });

  it('goes back when the new system does not even come so far', () => {
    upgrade();
    restart(guest);
    expect(guest.running).not.toBe('default');
    expect(start()).toBe(0);
    expect([guest.running, phase()]).toEqual(['default', 'fallen-back']);
  });

  it('is not taken for failed before it was tried', () => {
    upgrade();
    provision(guest.system);
    guest.system.put('/var/run/podman/podman.sock', '', 0o600);
    expect(agent(guest.system, [program, 'ready'])).toBe(0);
    expect(phase()).toBe('to-be-tried');
  });

  it('to another release tells pkg which, and drops kernel modules of the old one', () => {
    guest.ownP9fs = true;
    expect(upgrade('--to', '15.2-RELEASE')).toBe(0);
    const release = '-o ABI=FreeBSD:15:amd64 -o OSVERSION=1502000 -o IGNORE_OSVERSION=yes';
    const pkg = said('/usr/local/sbin/pkg');
    expect(pkg).toContain(`${release} -c ${root} upgrade -y -r FreeBSD-base`);
    expect(pkg).toContain(`${release} -c ${root} upgrade -y`);
    expect(pkg).toContain(`-c ${root} delete -y podbsd-p9fs-kmod`);
  });

  it.each([
    [[], 'fetch'],
    [['--to', '15.2'], '-r 15.2-RELEASE upgrade'],
  ])('of distribution sets is freebsd-update’s work: %j', (args, verb) => {
    guest.packagedBase = false;
    expect(upgrade(...args)).toBe(0);
    const calls = said('/usr/bin/env');
    expect(calls[0]).toContain(verb);
    expect(calls.slice(1).every((call) => call.endsWith(' install'))).toBe(true);
    expect(calls).toHaveLength(4);
  });

  it('keeps podman below 6', () => {
    guest.offeredPodman = '6.0.1';
    expect(upgrade()).toBe(0);
    expect([guest.podmanLocked, guest.podmanAfter]).toEqual([true, '5.8.2']);
  });

  it('that ends without a usable podman is undone', () => {
    guest.podmanAfter = guest.offeredPodman = '6.0.1';
    expect(upgrade()).toBe(1);
    expect([clones(), guest.once, phase()]).toEqual([[], undefined, 'failed']);
    expect(guest.system.stderr).toContain('podman is 6.0.1');
  });

  it('that fails is undone, and says why', () => {
    const pkg = guest.system.programs.get('/usr/local/sbin/pkg');
    guest.system.programs.set('/usr/local/sbin/pkg', (argv, system, input) =>
      argv.at(-1) === 'FreeBSD-base'
        ? { code: 1, out: '', err: 'pkg: No space left on device\n' }
        : (pkg?.(argv, system, input) ?? { code: 127, out: '', err: '' }),
    );
    expect(upgrade()).toBe(1);
    expect([clones(), phase()]).toEqual([[], 'failed']);
    expect(guest.system.stderr).toMatch(/No space left on device\n.*Nothing was changed/);
    expect(guest.system.readText('/var/log/podbsd-upgrade.log')).toContain('upgrade -y -r FreeBSD-base');
  });

  it('can be cut off at any moment: the running system stays, and the next try cleans up', () => {
    const count = changesOfAnUpgrade();
    expect(count).toBeGreaterThan(15);
    for (let cut = 1; cut <= count; cut++) {
      guest = zfsGuest();
      guest.fwcfg.set('opt/com.coreos/config', fixture('podman-4.3.1-rootful'));
      let changes = 0;
      guest.system.beforeChange = () => {
        // A power cut: nothing that comes afterwards happens either.
        if (++changes >= cut) throw new Error('cut off');
      };
      attempt(() => upgrade());
      guest.system.beforeChange = () => undefined;
      for (const environment of guest.environments.values())
        Object.assign(environment, { devfs: false, mountedAt: undefined });
      expect(guest.next, `cut at ${cut}`).toBe('default');
      expect(start(), `cut at ${cut}`).toBe(0);
      if (guest.running !== 'default') {
        // Cut off after all was done: then it counts.
        expect([guest.next, phase()], `cut at ${cut}`).toEqual([guest.running, 'confirmed']);
        continue;
      }
      expect(upgrade(), `cut at ${cut}: ${guest.system.stderr}`).toBe(0);
      expect(clones(), `cut at ${cut}`).toHaveLength(1);
      expect(start(), `cut at ${cut}`).toBe(0);
      expect([guest.running, phase()], `cut at ${cut}`).toEqual([clones()[0], 'confirmed']);
    }
  });

  function changesOfAnUpgrade(): number {
    let changes = 0;
    guest.system.beforeChange = () => changes++;
    expect(upgrade()).toBe(0);
    return changes;
  }

  function attempt(action: () => unknown): void {
    try {
      action();
    } catch {
      // The process is gone.
    }
  }

  it('leaves everything alone in a dry run', () => {
    const before = guest.system.listing();
    expect(upgrade('--dry-run')).toBe(0);
    expect(guest.system.stdout).toMatch(/^would clone the running system .*\nwould mount /);
    expect([clones(), guest.system.listing()]).toEqual([[], before]);
  });

  it.each([
    ['16.0', /another major version/],
    ['15.0-RELEASE', /older than 15.1-RELEASE/],
    ['15-STABLE', /not a release/],
    ['15.2; reboot', /not a release/],
  ])('to %s is refused', (release, reason) => {
    expect(upgrade('--to', release)).toBe(reason.source === 'not a release' ? 2 : 1);
    expect(guest.system.stderr).toMatch(reason);
    expect(clones()).toEqual([]);
  });

  it('is not done twice at the same time', () => {
    guest.system.programs.set('/usr/bin/lockf', () => ({ code: 75, out: '', err: '' }));
    expect(upgrade()).toBe(75);
    expect(guest.system.stderr).toContain('another upgrade is running');
  });

  it('is not supported on UFS', () => {
    const ufs = freshGuest();
    ufs.system.programs.set('/sbin/bectl', () => ({ code: 1, out: '', err: '' }));
    expect(agent(ufs.system, [program, 'upgrade'])).toBe(1);
    expect(ufs.system.stderr).toContain('not supported on UFS');
  });
});
