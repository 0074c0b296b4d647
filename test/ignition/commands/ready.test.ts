import { beforeEach, describe, expect, it } from 'vitest';
import { agent } from '../../../ignition/src/agent.ts';
import { provision } from '../../../ignition/src/commands/provision.ts';
import { config, fixture, keyOf, otherKey } from '../support/fixtures.ts';
import { freshGuest, type Guest } from '../support/freebsd.ts';

const port = '/dev/vtcon/org.fedoraproject.port.0';
const socket = '/var/run/podman/podman.sock';

let guest: Guest;

beforeEach(() => {
  guest = freshGuest();
  guest.fwcfg.set('opt/com.coreos/config', fixture('podman-4.3.1-rootful'));
  provision(guest.system);
  guest.system.put(socket, '', 0o600);
});

function ready(): number {
  return agent(guest.system, ['/usr/local/libexec/podbsd/podbsd-agent', 'ready', '--timeout', '10']);
}

describe('ready', () => {
  it('tells podman when sshd accepts the key and the API answers', () => {
    expect(ready()).toBe(0);
    expect(guest.system.readText(port)).toBe('Ready\n');
    const logins = guest.system.ran.filter(([program]) => program === '/usr/bin/ssh');
    expect(logins.map((argv) => argv.slice(-4))).toEqual([
      ['-l', 'core', '127.0.0.1', 'true'],
      ['-l', 'root', '127.0.0.1', 'true'],
    ]);
  });

  it('offers the key of the config, whatever keys people have put before it', () => {
    const keys = '/home/core/.ssh/authorized_keys';
    const podmans = guest.system.readText(keys) ?? '';
    guest.system.put(keys, `from="10.0.0.0/8" ${otherKey} mine\n${podmans}`, 0o600, 1777, 1777);
    expect(ready()).toBe(0);
    expect(podmans).toContain(guest.system.readText('/var/run/podbsd/login-check-user-1.pub')?.trim());
  });

  describe('with several keys in the config', () => {
    /** An sshd that takes one key only, and hangs up after six others as MaxAuthTries says. */
    function acceptOnly(accepted: string): void {
      guest.system.programs.set('/usr/bin/ssh', (argv, system) => {
        const files = argv.filter((_word, index) => argv[index - 1] === '-i');
        const place = files.findIndex((file) => system.readText(file) === `${accepted}\n`);
        const line = place !== -1 && place < 6 ? 'debug1: Server accepts key: x ED25519\n' : '';
        return {
          code: 255,
          out: '',
          err: `debug1: Remote protocol version 2.0\n${line}Permission denied.\n`,
        };
      });
    }

    function provisionWith(core: readonly string[], root: readonly string[]): void {
      guest = freshGuest();
      const users = [
        { name: 'core', sshAuthorizedKeys: core },
        { name: 'root', sshAuthorizedKeys: root },
      ];
      guest.fwcfg.set('opt/com.coreos/config', config({ passwd: { users } }));
      provision(guest.system);
      guest.system.put(socket, '', 0o600);
    }

    const podmans = keyOf(fixture('podman-4.3.1-rootful')).split(' ').slice(0, 2).join(' ');
    const strangers = Array.from({ length: 9 }, (_, index) => {
      const blob = Buffer.from(otherKey.split(' ')[1] ?? '', 'base64');
      blob[blob.length - 1] = index;
      return `ssh-ed25519 ${blob.toString('base64')}`;
    });

    it.each([
      ['one for other addresses first', [`from="10.0.0.0/8" ${strangers[0]}`, podmans]],
      ['one that sshd does not take first', [strangers[0] ?? '', podmans]],
      ['more than sshd hears at once', [...strangers, podmans]],
    ])('is told when podman’s own is accepted: %s', (_what, keys) => {
      provisionWith(keys, [podmans]);
      acceptOnly(podmans);
      expect(ready()).toBe(0);
      const first: readonly string[] = guest.system.ran.find(([program]) => program === '/usr/bin/ssh') ?? [];
      expect(guest.system.readText(first[first.indexOf('-i') + 1] ?? '')).toBe(`${podmans}\n`);
    });

    it('finds the one that is accepted behind all others', () => {
      provisionWith([...strangers, podmans], []);
      acceptOnly(podmans);
      expect(ready()).toBe(0);
    });

    it('says so when sshd takes none of them', () => {
      provisionWith(strangers, strangers);
      acceptOnly(podmans);
      expect(ready()).toBe(1);
      expect(guest.system.readText(port)).toBe('Failed: sshd does not accept the key of core, after 10 s\n');
    });

    it('is content that sshd answers where all of them are for other addresses', () => {
      provisionWith([`restrict,from="192.168.127.1" ${podmans}`], []);
      acceptOnly('nobody');
      expect(ready()).toBe(0);
      guest.system.programs.set('/usr/bin/ssh', () => ({ code: 255, out: '', err: 'Connection refused' }));
      expect(ready()).toBe(1);
      expect(guest.system.readText(port)).toContain('sshd does not answer');
    });
  });

  it('is not said while sshd keeps root out, as whom podman 5 and 6 log in first', () => {
    const accept = guest.system.programs.get('/usr/bin/ssh');
    guest.system.programs.set('/usr/bin/ssh', (argv, system, input) => {
      guest.sshdAccepts = argv.at(-3) !== 'root';
      return accept?.(argv, system, input) ?? { code: 1, out: '', err: '' };
    });
    expect(ready()).toBe(1);
    expect(guest.system.readText(port)).toBe('Failed: sshd does not accept the key of root, after 10 s\n');
  });

  it('writes to a raw terminal that does not echo', () => {
    ready();
    expect(guest.system.ran).toContainEqual(['/bin/stty', '-f', port, 'raw', '-echo']);
  });

  it('lets group podman use the socket', () => {
    ready();
    const gid = Number(/^podman:\*:(\d+):/m.exec(guest.system.readText('/etc/group') ?? '')?.[1]);
    expect(guest.system.lstat(socket)).toMatchObject({ uid: 0, gid, mode: 0o660 });
    expect(guest.system.lstat('/var/run/podman')).toMatchObject({ uid: 0, gid, mode: 0o750 });
  });

  it('waits for a service that comes later', () => {
    guest.apiAnswers = false;
    let tries = 0;
    const ask = guest.system.programs.get('/usr/bin/nc');
    guest.system.programs.set('/usr/bin/nc', (argv, system, input) => {
      guest.apiAnswers = ++tries > 3;
      return ask?.(argv, system, input) ?? { code: 1, out: '', err: '' };
    });
    expect(ready()).toBe(0);
    expect(tries).toBe(4);
  });

  it.each([
    [
      'sshd does not accept the key',
      (): unknown => (guest.sshdAccepts = false),
      'sshd does not accept the key of core',
    ],
    [
      'the API does not answer',
      (): unknown => (guest.apiAnswers = false),
      'the podman API service does not answer',
    ],
  ])('gives the reason instead, so that podman never hangs: %s', (_what, spoil, reason) => {
    spoil();
    expect(ready()).toBe(1);
    expect(guest.system.readText(port)).toBe(`Failed: ${reason}, after 10 s\n`);
    expect(guest.system.readText('/dev/console')).toContain(reason);
    expect(guest.system.readText('/var/log/podbsd.log')).toContain(reason);
    expect(guest.system.readText('/var/run/motd')).toContain(reason);
  });

  it('gives the reason of a failed provisioning, in one line', () => {
    guest.fwcfg.set(
      'opt/com.coreos/config',
      '{"ignition":{"version":"3.2.0"},"passwd":{"users":[{"name":"a\\nb"}]}}',
    );
    provision(guest.system);
    expect(ready()).toBe(1);
    expect(guest.system.readText(port)).toMatch(
      /^Failed: the Ignition config is wrong at \/passwd\/users\/0\/name: .*\n$/,
    );
  });

  it('does not take the provisioning of an earlier boot for this one’s', () => {
    guest.system.remove('/var/run/podbsd/provisioned');
    expect(ready()).toBe(1);
    expect(guest.system.readText(port)).toBe('Failed: provisioning has not finished in this boot\n');
  });

  it('waits for the port, and says so when it never comes', () => {
    guest.system.remove(port);
    expect(ready()).toBe(1);
    expect(guest.system.readText('/dev/console')).toContain('there is no port for podman after 30 s');
    expect(guest.system.lstat(port)).toBeUndefined();
  });
});
