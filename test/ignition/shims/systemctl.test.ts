import { beforeEach, describe, expect, it } from 'vitest';
import { agent } from '../../../ignition/src/agent.ts';
import { provision } from '../../../ignition/src/commands/provision.ts';
import { fixture } from '../support/fixtures.ts';
import { freshGuest, type Guest } from '../support/freebsd.ts';

let guest: Guest;

beforeEach(() => {
  guest = freshGuest();
  guest.fwcfg.set('opt/com.coreos/config', fixture('podman-5.8.2'));
  expect(provision(guest.system)).toBe(0);
  for (const name of ['podbsd_provision', 'podbsd_ready', 'podbsd_storage', 'podman']) guest.active.add(name);
  guest.system.put('/var/run/podbsd/ready', 'Ready\n');
  guest.system.stderr = '';
});

function systemctl(line: string): { code: number; out: string; err: string } {
  guest.system.stdout = '';
  guest.system.stderr = '';
  const args = line.split(' ').filter(Boolean);
  const code = agent(guest.system, ['/usr/local/libexec/podbsd/bin/systemctl', ...args]);
  return { code, out: guest.system.stdout, err: guest.system.stderr };
}

const changes = (): string[] =>
  guest.services
    .filter((call) => !/ (?:status|enabled)$/.test(call))
    .map((call) => call.replace(' one', ' '));

describe('systemctl is-active', () => {
  it.each(['podman.socket', 'podman.service', 'podman', 'sshd', 'sshd.service', 'ntpd', 'ready.service'])(
    'says that %s is active',
    (unit) => expect(systemctl(`is-active ${unit}`)).toEqual({ code: 0, out: 'active\n', err: '' }),
  );

  it('says that a stopped one is inactive', () => {
    guest.active.delete('podman_service');
    expect(systemctl('is-active podman.socket')).toEqual({ code: 3, out: 'inactive\n', err: '' });
    expect(systemctl('is-active -q podman.socket')).toEqual({ code: 3, out: '', err: '' });
  });

  it('says it to somebody who may not read what the rc scripts read', () => {
    guest.system.put('/var/run/podman/podman.sock', '', 0o660);
    guest.system.programs.set('/usr/sbin/service', () => ({ code: 2, out: '', err: 'Permission denied\n' }));
    expect(systemctl('is-active podman.socket')).toEqual({ code: 0, out: 'active\n', err: '' });
    expect(systemctl('is-enabled podman.socket')).toEqual({ code: 0, out: 'enabled\n', err: '' });
  });

  it('says that one has failed whose process is gone', () => {
    guest.active.delete('podman_service');
    guest.system.put('/var/run/podman_service.pid', '7\n');
    expect(systemctl('is-active podman')).toEqual({ code: 3, out: 'failed\n', err: '' });
    expect(systemctl('is-failed podman')).toEqual({ code: 0, out: 'failed\n', err: '' });
  });

  // As podman's own machine image is tested.
  it.each(['systemd-resolved.service', 'zincati', 'docker.socket', 'chronyd.service'])(
    'says that %s, which is not there, is inactive',
    (unit) => expect(systemctl(`is-active ${unit}`)).toEqual({ code: 4, out: 'inactive\n', err: '' }),
  );

  it('is content with one active unit of several', () => {
    expect(systemctl('is-active nosuch sshd')).toEqual({ code: 0, out: 'inactive\nactive\n', err: '' });
    expect(systemctl('is-active --quiet nosuch other')).toEqual({ code: 4, out: '', err: '' });
  });
});

describe('systemctl is-enabled, status, list-units', () => {
  it('says what rc.conf says', () => {
    expect(systemctl('is-enabled sshd')).toEqual({ code: 0, out: 'enabled\n', err: '' });
    systemctl('disable sshd');
    expect(systemctl('is-enabled sshd')).toEqual({ code: 1, out: 'disabled\n', err: '' });
    expect(systemctl('is-enabled zincati')).toEqual({ code: 4, out: 'not-found\n', err: '' });
  });

  it('shows a unit', () => {
    expect(systemctl('status podman.socket')).toEqual({
      code: 0,
      err: '',
      out:
        '● podman.socket - Podman API Socket\n' +
        '     Loaded: loaded (/usr/local/etc/rc.d/podman_service; enabled)\n' +
        '     Active: active (listening)\n',
    });
    guest.active.delete('sshd');
    expect(systemctl('status sshd --no-pager -l')).toMatchObject({ code: 3 });
    expect(guest.system.stdout).toContain('Active: inactive (dead)');
  });

  it('could not find an unknown unit', () => {
    const unknown = { code: 4, out: '', err: 'Unit nosuch.service could not be found.\n' };
    expect(systemctl('status nosuch')).toEqual(unknown);
    expect(systemctl('status nosuch.socket').err).toBe('Unit nosuch.socket could not be found.\n');
  });

  it.each(['--failed', '--failed -q', 'list-units --failed', 'list-units --state=failed --no-legend'])(
    'lists nothing when nothing has failed: %s',
    (line) => expect(systemctl(line)).toEqual({ code: 0, out: '', err: '' }),
  );

  it('lists what has failed', () => {
    guest.active.delete('podbsd_ready');
    guest.system.put('/var/run/podbsd/ready', 'Failed: sshd does not answer\n');
    expect(systemctl('--failed').out).toMatch(/^● podbsd_ready\.service +loaded failed +failed/);
    expect(systemctl('is-system-running')).toEqual({ code: 1, out: 'degraded\n', err: '' });
  });

  it('lists what is active', () => {
    expect(systemctl('').out).toMatch(/^ {2}podman\.socket +loaded active +listening +Podman API Socket$/m);
    expect(systemctl('is-system-running')).toEqual({ code: 0, out: 'running\n', err: '' });
  });
});

describe('systemctl start, stop, restart, enable, disable', () => {
  it.each([
    ['restart sshd', ['sshd restart']],
    ['stop podman.socket', ['podman_service stop']],
    ['start podman.socket', []],
    ['try-restart ntpd.service', ['ntpd restart']],
    ['reload-or-restart podman', ['podman_service restart']],
    ['stop sshd ntpd', ['sshd stop', 'ntpd stop']],
    ['restart podman-restart.service', ['podman restart']],
  ])('%s', (line, expected) => {
    expect(systemctl(line)).toEqual({ code: 0, out: '', err: '' });
    expect(changes()).toEqual(expected);
  });

  it('starts what is stopped', () => {
    guest.active.delete('ntpd');
    expect(systemctl('start ntpd').code).toBe(0);
    expect(changes()).toEqual(['ntpd start']);
  });

  it('touches none when one is not there', () => {
    expect(systemctl('restart sshd nosuch')).toEqual({
      code: 5,
      out: '',
      err: 'Failed to restart nosuch.service: Unit nosuch.service not found.\n',
    });
    expect(systemctl('enable --now zincati.service')).toEqual({
      code: 1,
      out: '',
      err: 'Failed to enable unit: Unit file zincati.service does not exist.\n',
    });
    expect(changes()).toEqual([]);
  });

  it('passes on what service(8) finds wrong', () => {
    guest.system.programs.set('/usr/sbin/service', ([, , verb]) => ({
      code: verb === 'onerestart' ? 1 : 0,
      out: '',
      err: verb === 'onerestart' ? 'sshd: bad configuration\n' : '',
    }));
    const { code, err } = systemctl('restart sshd');
    expect(code).toBe(1);
    expect(err).toMatch(/^sshd: bad configuration\nFailed to restart sshd\.service/);
  });

  it('enables and disables, and starts and stops with --now', () => {
    systemctl('disable --now ntpd');
    expect(guest.active.has('ntpd')).toBe(false);
    expect(systemctl('is-enabled -q ntpd').code).toBe(1);
    systemctl('enable ntpd');
    expect(guest.active.has('ntpd')).toBe(false);
    systemctl('enable --now -q ntpd');
    expect([guest.active.has('ntpd'), systemctl('is-enabled ntpd').code]).toEqual([true, 0]);
  });
});

describe('systemctl', () => {
  it.each([
    ['reboot', '-r now'],
    ['poweroff', '-p now'],
    ['halt --no-wall', '-h now'],
  ])('%s really does it', (line, expected) => {
    expect(systemctl(line).code).toBe(0);
    expect(guest.shutdowns).toEqual([expected]);
  });

  it.each([
    ['mask sshd', 'sysrc NAME_enable=NO'],
    ['list-unit-files', 'service -l'],
    ['exit 0', 'service(8)'],
    ['show podman', 'service NAME rcvar'],
  ])('refuses %s with what to type instead', (line, instead) => {
    const { code, out, err } = systemctl(line);
    expect([code, out]).toEqual([1, '']);
    expect(err).toContain(instead);
  });

  it('reloads nothing for a user', () => {
    expect(systemctl('--user daemon-reload')).toEqual({ code: 0, out: '', err: '' });
  });
});
