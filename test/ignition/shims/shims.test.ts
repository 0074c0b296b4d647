import { beforeEach, describe, expect, it } from 'vitest';
import { agent } from '../../../ignition/src/agent.ts';
import { provision } from '../../../ignition/src/commands/provision.ts';
import { fixture } from '../support/fixtures.ts';
import { freshGuest, type Guest } from '../support/freebsd.ts';

let guest: Guest;

beforeEach(() => {
  guest = freshGuest();
  guest.fwcfg.set('opt/com.coreos/config', fixture('podman-5.4.2'));
  expect(provision(guest.system)).toBe(0);
  guest.system.stderr = '';
});

function run(line: string): number {
  const [name = '', ...args] = line.split(' ');
  return agent(guest.system, [`/usr/local/libexec/podbsd/bin/${name}`, ...args]);
}

/** What podman's script has written by the time it calls `systemctl daemon-reload`. */
function proxies(...lines: string[]): void {
  const text = `[Manager]\n${lines.map((line) => `DefaultEnvironment="${line}"\n`).join('')}`;
  guest.system.put('/etc/systemd/system.conf.d/default-env.conf', text);
}

const rcFile = '/usr/local/etc/rc.conf.d/podman_service';

describe('systemctl daemon-reload, the last line of the script of podman 5 and 6', () => {
  it('does nothing when there are no proxies', () => {
    proxies();
    expect(run('systemctl daemon-reload')).toBe(0);
    expect(guest.services).toEqual([]);
    expect(guest.system.lstat(rcFile)).toBeUndefined();
  });

  it('has the service start anew with the proxies, once, and does not wait for it', () => {
    proxies('HTTPS_PROXY=http://host.containers.internal:3128', 'NO_PROXY=localhost');
    expect(run('systemctl daemon-reload')).toBe(0);
    expect(guest.services).toEqual(['podman_service status', 'podman_service onerenew']);
    expect(guest.system.readText(rcFile)).toContain(
      "podman_service_env='HTTPS_PROXY='\\''http://host.containers.internal:3128'\\'' NO_PROXY='\\''localhost'\\'''\n",
    );
    expect(guest.system.lstat(rcFile)).toMatchObject({ uid: 0, mode: 0o600 });
    expect(run('systemctl daemon-reload')).toBe(0);
    expect(guest.services).toHaveLength(2);
  });

  it('takes them away again', () => {
    proxies('HTTPS_PROXY=http://p:1');
    run('systemctl daemon-reload');
    proxies();
    run('systemctl daemon-reload');
    expect(guest.system.readText(rcFile)).toContain("podman_service_env=''\n");
    expect(guest.services.filter((call) => call.endsWith('renew'))).toHaveLength(2);
  });

  it('undoes the doubled percent signs of podman 6 and keeps other variables out', () => {
    proxies('HTTPS_PROXY=http://u:p%%40q@p:1', 'LD_PRELOAD=/tmp/evil.so', 'PATH=/tmp');
    run('systemctl daemon-reload');
    const text = guest.system.readText(rcFile);
    expect(text).toContain('http://u:p%40q@p:1');
    expect(text).not.toMatch(/LD_PRELOAD|PATH=/);
  });

  it('answers at once, however slow the service is', () => {
    proxies('HTTPS_PROXY=http://p:1');
    guest.apiAnswers = false;
    const before = guest.system.monotonicMs();
    expect(run('systemctl daemon-reload')).toBe(0);
    expect(guest.system.monotonicMs()).toBe(before);
  });

  it('has a service restarted behind that knows no renewal', () => {
    proxies('HTTPS_PROXY=http://p:1');
    guest.system.programs.set('/usr/sbin/service', ([, , verb]) => ({
      code: verb === 'onerenew' ? 1 : 0,
      out: '',
      err: '',
    }));
    expect(run('systemctl daemon-reload')).toBe(0);
    expect(guest.system.ran).toContainEqual([
      '/usr/sbin/daemon',
      '-f',
      '/usr/sbin/service',
      'podman_service',
      'restart',
    ]);
  });

  it('says why the machine is not provisioned, so that podman machine start ends with it', () => {
    guest.fwcfg.set('opt/com.coreos/config', '{');
    provision(guest.system);
    expect(run('systemctl daemon-reload')).toBe(1);
    expect(guest.system.stderr).toMatch(/^podbsd: this machine is not provisioned: .*not JSON/);
  });
});

describe('systemd-tmpfiles --create --prefix=/run/docker.sock', () => {
  const line = 'L+  /run/docker.sock   -    -    -     -   ';

  it.each(['/run/podman/podman.sock', '/run/user/1777/podman/podman.sock'])(
    'links to the one socket for %s',
    (path) => {
      guest.system.put('/etc/tmpfiles.d/podman-docker.conf', `${line}${path}\n`);
      guest.system.remove('/var/run/docker.sock');
      expect(run('systemd-tmpfiles --create --prefix=/run/docker.sock')).toBe(0);
      expect(guest.system.readLink('/var/run/docker.sock')).toBe('/var/run/podman/podman.sock');
    },
  );

  it.each(['/etc/master.passwd', '/run/../etc/passwd'])('refuses a target outside of /run: %s', (path) => {
    guest.system.put('/etc/tmpfiles.d/podman-docker.conf', `${line}${path}\n`);
    expect(run('systemd-tmpfiles --create --prefix=/run/docker.sock')).toBe(1);
    expect(guest.system.readLink('/var/run/docker.sock')).toBe('/var/run/podman/podman.sock');
  });

  it('does nothing for other places', () => {
    guest.system.remove('/var/run/docker.sock');
    expect(run('systemd-tmpfiles --create --prefix=/tmp')).toBe(0);
    expect(guest.system.lstat('/var/run/docker.sock')).toBeUndefined();
  });
});

describe('chattr', () => {
  it.each(['-i /', '+i /'])('succeeds: %s', (args) => expect(run(`chattr ${args}`)).toBe(0));

  it('says that it has no effect on anything else', () => {
    expect(run('chattr +i /etc/fstab')).toBe(1);
    expect(guest.system.stderr).toContain('chflags');
  });
});

describe('update-ca-trust', () => {
  const pem = (body: string): string => `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----\n`;
  const rehashes = (): number => guest.system.ran.filter(([program]) => program.endsWith('certctl')).length;

  const trusted = (): string[] =>
    guest.system
      .list('/etc/ssl/certs')
      .filter((name) => /^podbsd-[\w.-]+\.pem$/.test(name))
      .map((name) => guest.system.readText(`/etc/ssl/certs/${name}`) ?? '')
      .sort();

  it('trusts all of several files, however alike or long their names are', () => {
    const anchors = '/etc/pki/ca-trust/source/anchors';
    const names = ['ca.pem', 'ca.crt', 'ca', 'ca-1.pem', 'ca 1.CRT', 'cä.pem', `${'x'.repeat(251)}.pem`];
    names.forEach((name, index) => guest.system.put(`${anchors}/${name}`, pem(`NO${index}A`)));
    guest.system.put(`${anchors}/ca.cer`, pem('NO7A') + pem('NO8A'));
    expect(run('update-ca-trust')).toBe(0);
    expect(trusted()).toEqual([...Array(9).keys()].map((index) => pem(`NO${index}A`)));
    for (const name of guest.system.list('/etc/ssl/certs')) expect(name.length).toBeLessThan(200);
  });

  it('trusts no more what is no more there, and keeps what others have put into the store', () => {
    const anchors = '/etc/pki/ca-trust/source/anchors';
    guest.system.put(`${anchors}/a.pem`, pem('AAAA'));
    guest.system.put(`${anchors}/b.pem`, pem('BBBB') + pem('CCCC'));
    guest.system.put('/usr/local/share/certs/podbsd-mine.pem', pem('MINE'));
    expect(run('update-ca-trust')).toBe(0);
    guest.system.remove(`${anchors}/a.pem`);
    guest.system.put(`${anchors}/b.pem`, pem('BBBB'));
    expect(run('update-ca-trust')).toBe(0);
    expect(trusted()).toEqual([pem('BBBB'), pem('MINE')]);
    const count = rehashes();
    expect(run('update-ca-trust')).toBe(0);
    expect(rehashes()).toBe(count);
  });

  it('names a file without a certificate that FreeBSD could read, and trusts the others', () => {
    guest.system.put('/etc/pki/ca-trust/source/anchors/der.crt', new Uint8Array([0x30, 0x82, 0xff, 0]));
    guest.system.put('/etc/pki/ca-trust/source/anchors/a.pem', pem('AAAA'));
    expect(run('update-ca-trust')).toBe(0);
    expect(guest.system.stderr).toMatch(/anchors\/der\.crt is not trusted.*openssl x509 -inform DER/);
    expect(guest.system.stderr).not.toContain('a.pem is');
    expect(trusted()).toEqual([pem('AAAA')]);
  });

  it('gives each certificate of a bundle a file of its own and tells certctl, once', () => {
    guest.system.put(
      '/etc/pki/ca-trust/source/anchors/host-ca-certs.pem',
      `# one\n${pem('AAAA')}# two\n${pem('BBBB')}`,
    );
    expect(run('update-ca-trust')).toBe(0);
    expect(trusted()).toEqual([pem('AAAA'), pem('BBBB')]);
    expect(rehashes()).toBe(1);
    // Go reads the certificates once: a service that has used them goes on with the old ones.
    expect(guest.services).toEqual(['podman_service status', 'podman_service onerenew']);
    expect(run('update-ca-trust')).toBe(0);
    expect(rehashes()).toBe(1);
    expect(guest.services).toHaveLength(2);
  });

  it('makes up for a run that was cut off before certctl had read them', () => {
    guest.system.put('/etc/pki/ca-trust/source/anchors/ca.pem', pem('AAAA'));
    let isOff = false;
    guest.system.beforeChange = (what) => {
      isOff ||= what === 'certctl rehash';
      if (isOff) throw new Error('power cut');
    };
    expect(run('update-ca-trust')).toBe(1);
    guest.system.beforeChange = () => undefined;
    expect(trusted()).toEqual([]);
    expect(run('update-ca-trust')).toBe(0);
    expect(trusted()).toEqual([pem('AAAA')]);
  });

  it('does nothing when nothing was copied', () => {
    expect(run('update-ca-trust')).toBe(0);
    expect(rehashes()).toBe(0);
  });
});
