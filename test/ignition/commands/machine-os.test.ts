import { beforeEach, describe, expect, it } from 'vitest';
import { agent } from '../../../ignition/src/agent.ts';
import { freshGuest } from '../support/freebsd.ts';
import { zfsGuest, type ZfsGuest } from '../support/zfs-guest.ts';

let guest: ZfsGuest;

beforeEach(() => {
  guest = zfsGuest();
});

/** As the `podman` command of the guest hands it on. */
function os(...args: readonly string[]): { code: number; out: string; err: string } {
  guest.system.stdout = '';
  guest.system.stderr = '';
  const code = agent(guest.system, ['/usr/local/libexec/podbsd/podbsd-agent', 'machine-os', ...args]);
  return { code, out: guest.system.stdout, err: guest.system.stderr };
}

const clones = (): string[] => [...guest.environments.keys()].filter((name) => name.startsWith('podbsd-'));
const pkg = (): string =>
  guest.system.ran.flatMap(([path, ...args]) => (path.endsWith('/pkg') ? [args.join(' ')] : [])).join('\n');

describe('podman machine os upgrade', () => {
  it.each([['--host-version=6.0.0-dev'], ['--host-version=6.2.0'], ['--host-version', '5.8.1']])(
    'installs the newest patches: %s %s',
    (...args) => {
      expect(os('upgrade', ...args).code).toBe(0);
      expect(guest.once).toBe(clones()[0]);
      expect(guest.restarted).toBe(false);
    },
  );

  it('restarts the machine where it was asked to', () => {
    expect(os('upgrade', '--restart').code).toBe(0);
    expect([guest.restarted, guest.once]).toEqual([true, clones()[0]]);
  });

  it.each([['-n'], ['--dry-run']])('only looks with %s', (flag) => {
    const { code, out } = os('upgrade', '--host-version=6.1.1', flag);
    expect(code).toBe(0);
    expect(out).toMatch(/^Updating OS from 15\.1-RELEASE-p2 to its newest patches\nwould /);
    expect(clones()).toEqual([]);
  });

  it.each([
    ['up to date', false],
    ['to do', true],
  ])('prints podman’s own JSON: %s', (_what, updates) => {
    guest.updates = updates;
    for (const format of [['-f', 'json'], ['--format=json'], ['--format', 'json', '-n']]) {
      const { code, out, err } = os('upgrade', '--host-version=6.1.1', ...format);
      expect([code, err]).toEqual([0, '']);
      expect(out).toBe(
        `{"host":{"version":"5.8.2"},"machine":{"current_hash":"","new_hash":"","version":"6.1.1","inband_update_available":${updates}}}\n`,
      );
    }
    expect(clones()).toEqual([]);
  });

  it('says so when nothing can be found out', () => {
    guest.system.programs.set('/usr/local/sbin/pkg', ([, verb]) => ({
      code: verb === 'update' ? 1 : 0,
      out: '',
      err: verb === 'update' ? 'pkg: no route to host\n' : '',
    }));
    const { code, out, err } = os('upgrade', '-f', 'json');
    expect([code, out]).toEqual([125, '']);
    expect(err).toMatch(/^Error: .*no route to host/);
  });

  it('prints its help', () => {
    const { code, out, err } = os('upgrade', '--help');
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/^Upgrade machine os\n\nDescription:\n.*\nUsage:\n {2}podman machine os upgrade /s);
    for (const option of ['-n, --dry-run', '-f, --format string', '--restart']) expect(out).toContain(option);
    expect(out).not.toContain('--host-version');
    expect(clones()).toEqual([]);
  });

  it('refuses a client that is older than the guest’s podman', () => {
    expect(os('upgrade', '--host-version=5.7.0')).toEqual({
      code: 125,
      out: '',
      err: 'Error: client version 5.7.0 is older than your machine version 5.8.2: upgrade your client\n',
    });
  });
});

describe('podman machine os apply', () => {
  it('takes a release', () => {
    expect(os('apply', '15.2-RELEASE').code).toBe(0);
    expect(pkg()).toContain('OSVERSION=1502000');
    expect(guest.restarted).toBe(false);
  });

  it('restarts the machine where it was asked to', () => {
    expect(os('apply', '--restart', '15.2-RELEASE').code).toBe(0);
    expect(guest.restarted).toBe(true);
  });

  it('refuses a container image with what works instead', () => {
    const { code, err } = os('apply', 'quay.io/podman/machine-os:6.0');
    expect(code).toBe(125);
    expect(err).toMatch(/^Error: .*podman machine os apply 15\.2-RELEASE/);
  });

  it('prints its help', () => {
    expect(os('apply', '-h').out).toContain('podman machine os apply [options] RELEASE');
  });
});

describe('what is not understood changes nothing and ends with 125', () => {
  it.each([
    [['upgrade', '--bogus'], 'Error: unknown flag: --bogus'],
    [['upgrade', '--bogus', '--help'], 'Error: unknown flag: --bogus'],
    [['upgrade', '-Z'], "Error: unknown shorthand flag: 'Z' in -Z"],
    [['upgrade', '--format', 'yaml'], 'Error: only value of `json` is supported'],
    [['upgrade', '--format'], 'Error: option "--format" needs a value'],
    [['upgrade', '--restart', '-n'], 'Error: --restart cannot be used with --dry-run or --format'],
    [['upgrade', '--restart', '-f', 'json'], 'Error: --restart cannot be used with --dry-run or --format'],
    [['upgrade', '--host-version=latest'], 'Error: "latest" is not a version'],
    [['upgrade', 'other-machine'], 'Error: other-machine: VM does not exist'],
    [['upgrade', 'one', 'two'], 'Error: "two" is not expected here'],
    [['upgrade', '--dry-run=maybe'], 'Error: option "--dry-run" takes no value'],
    [['apply'], 'Error: RELEASE is missing'],
    [['apply', '--dry-run', '15.2-RELEASE'], 'Error: unknown flag: --dry-run'],
    [['apply', '15.2-RELEASE', 'other'], 'Error: other: VM does not exist'],
    [['apply', '16.0-RELEASE'], 'Error: from 15.1-RELEASE to 16.0-RELEASE'],
    [['rollback'], 'Error: unrecognized command `podman machine os rollback`'],
    [[], "Error: missing command 'podman machine os COMMAND'"],
  ])('%j', (args, message) => {
    const { code, out, err } = os(...args);
    expect([code, out]).toEqual([125, '']);
    expect(err).toContain(message);
    expect(clones()).toEqual([]);
    expect([guest.once, guest.restarted]).toEqual([undefined, false]);
  });

  it('shows the usage with a wrong option', () => {
    expect(os('upgrade', '--bogus').err).toContain('Usage:\n  podman machine os upgrade [options]');
  });
});

it('says in podman’s words that UFS cannot be upgraded', () => {
  const ufs = freshGuest();
  ufs.system.programs.set('/sbin/bectl', () => ({ code: 1, out: '', err: '' }));
  ufs.system.programs.set('/usr/local/bin/podman', () => ({
    code: 0,
    out: 'podman version 5.8.2\n',
    err: '',
  }));
  const argv = ['podbsd-agent', 'machine-os', 'upgrade', '--host-version=6.0.0'] as const;
  expect(agent(ufs.system, argv)).toBe(125);
  expect(ufs.system.stderr).toMatch(/^Error: upgrades are not supported on UFS/);
});
