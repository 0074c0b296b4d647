import { lstat, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aKey, config, fixture, fixtures, keyOf } from './support/fixtures.ts';
import { guestTreeUnavailable, makeGuestTree, type GuestTree } from './support/guest-tree.ts';

const agent = '/usr/local/libexec/podbsd/podbsd-agent';
const shims = '/usr/local/libexec/podbsd/bin';

/** The bundle as `make install` puts it into a guest, under QuickJS, with the real sudo, files, owners and processes. */
describe.skipIf(guestTreeUnavailable() !== undefined)('the agent in the files of the stand-in guest', () => {
  let guest: GuestTree;

  beforeAll(async () => {
    guest = await makeGuestTree();
  });
  afterAll(() => guest.remove());

  const at = (path: string): string => join(guest.root, path);
  const text = (path: string): Promise<string> => readFile(at(path), 'utf8');

  async function apply(config: string) {
    await writeFile(at('config.ign'), config);
    return guest.run(agent, 'apply', '--config', '/config.ign');
  }

  async function rights(path: string): Promise<string> {
    const { mode, uid, gid } = await lstat(at(path));
    return `${(mode & 0o7777).toString(8)} ${uid}:${gid}`;
  }

  it.each(fixtures)('applies %s, twice', async (_name, fixtureText) => {
    expect(await apply(fixtureText)).toMatchObject({ exitCode: 0 });
    const again = await apply(fixtureText);
    expect(again.exitCode).toBe(0);
    expect(await text('etc/master.passwd')).toContain(
      '\ncore:*:1777:1777::0:0:podman machine user:/home/core:/bin/sh\n',
    );
    for (const [home, uid] of [
      ['home/core', 1777],
      ['root', 0],
    ] as const) {
      expect(await text(`${home}/.ssh/authorized_keys`)).toBe(`${keyOf(fixtureText)}\n`);
      expect(await rights(`${home}/.ssh`)).toBe(`700 ${uid}:${uid}`);
      expect(await rights(`${home}/.ssh/authorized_keys`)).toBe(`600 ${uid}:${uid}`);
    }
    expect(await rights('home/core/.config/containers')).toBe('755 1777:1777');
    expect(await rights('home/core/.config/containers/containers.conf')).toBe('744 1777:1777');
    expect(await text('etc/podman-machine')).toBe('qemu\n');
    expect(await readlink(at('run/user/1777/podman/podman.sock'))).toBe('/var/run/podman/podman.sock');
  });

  it('lets core use sudo, which finds our commands first', async () => {
    await apply(fixture('podman-5.4.2'));
    expect((await guest.runAs(1777, '/usr/local/bin/sudo', '-n', 'id', '-u')).stdout).toBe('0\n');
    // Debian's chattr would fail in this tree, and there is none.
    expect(await guest.runAs(1777, '/usr/local/bin/sudo', '-n', 'chattr', '-i', '/')).toMatchObject({
      exitCode: 0,
    });
    const listed = await guest.runAs(1777, '/usr/local/bin/sudo', '-n', '-l');
    expect(listed.stdout).toMatch(/\(ALL\) NOPASSWD: ALL/);
    expect(listed.stdout.replaceAll('\\', '')).toContain(`secure_path=${shims}:`);
  });

  it('takes podman machine os from core as root, and leaves all else to podman', async () => {
    await apply(fixture('podman-5.4.2'));
    const upgrade = await guest.runAs(
      1777,
      `${shims}/podman`,
      'machine',
      'os',
      'upgrade',
      '--host-version=6.0.0',
    );
    expect(upgrade.exitCode).toBe(125);
    expect(upgrade.stderr).toMatch(/^Error: upgrades are not supported on UFS/m);
  });

  it('runs podman for core as root, whose containers are the only ones, and leaves its words alone', async () => {
    await apply(fixture('podman-5.4.2'));
    const real = '#!/bin/sh\nprintf "%s|" "$(id -u)" "$@"\nexit 3\n';
    await writeFile(at('usr/local/bin/podman'), real, { mode: 0o755 });
    const podman = async (uid: number, ...args: string[]) => {
      const { exitCode, stdout } = await guest.runAs(uid, `${shims}/podman`, ...args);
      expect(exitCode).toBe(3);
      return stdout;
    };
    expect(await podman(1777, 'ps', '--format', 'a b', '')).toBe('0|ps|--format|a b||');
    expect(await podman(1777, '--log-level=debug', 'run', '--url', 'x')).toBe(
      '0|--log-level=debug|run|--url|x|',
    );
    expect(await podman(0, 'ps')).toBe('0|ps|');
    // Another podman is asked with the rights, and the keys, of who asks.
    expect(await podman(1777, '--remote', 'ps')).toBe('1777|--remote|ps|');
    expect(await podman(1777, '--url', 'ssh://a', 'ps')).toBe('1777|--url|ssh://a|ps|');
    // Nobody's rights grow.
    expect(await podman(1778, 'ps')).toBe('1778|ps|');
  });

  it('answers the commands of podman under their own names', async () => {
    await apply(fixture('podman-5.4.2'));
    expect(await guest.run(`${shims}/chattr`, '-i', '/')).toMatchObject({ exitCode: 0, stderr: '' });
    expect(
      await guest.run(`${shims}/systemd-tmpfiles`, '--create', '--prefix=/run/docker.sock'),
    ).toMatchObject({ exitCode: 0 });
    expect(await guest.run(`${shims}/systemctl`, 'daemon-reload')).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await guest.run(`${shims}/update-ca-trust`)).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await guest.run('/usr/bin/bash', '-c', 'true')).toMatchObject({ exitCode: 0 });
  });

  // As sshd hands them to the user's shell, in the order of one `podman machine start`. The host offers no share here.
  const tag = '96b53e47e3fc7c29db4c5a4c6977decfb1f9';
  const label = '-o context="system_u:object_r:nfs_t:s0"';
  it.each([
    [
      '4.3.1',
      [
        'sudo mkdir -p /mnt/d',
        'sudo mount -t 9p -o trans=virtio vol0 /mnt/d -o version=9p2000.L,msize=131072',
      ],
    ],
    [
      '4.9.5, read-only, below /',
      [
        'true',
        'sudo chattr -i / ; sudo mkdir -p /srv/d ; sudo chattr +i / ;',
        'sudo mount -t 9p -o trans=virtio vol0 /srv/d -o version=9p2000.L,msize=131072 -o ro',
      ],
    ],
    [
      '5.1',
      [
        'sudo mkdir -p /mnt/d',
        'sudo mount -t 9p -o trans=virtio vol0 /mnt/d -o version=9p2000.L,msize=131072,cache=mmap',
      ],
    ],
    [
      '5.4.2',
      [
        'true',
        'sudo chattr -i / ; sudo mkdir -p /srv/d ; sudo chattr +i / ;',
        `sudo mount -t virtiofs ${tag} /srv/d ${label},ro`,
      ],
    ],
    [
      '5.8.2, a folder with a space',
      [
        'sudo chattr -i / ; sudo mkdir -p "/srv/my d" ; sudo chattr +i / ;',
        `sudo mount -t virtiofs ${tag} "/srv/my d" ${label}`,
        `sudo bash -c 'echo "L+  /run/docker.sock   -    -    -     -   /run/podman/podman.sock" > /etc/tmpfiles.d/podman-docker.conf'`,
        'sudo systemd-tmpfiles --create --prefix=/run/docker.sock',
        'sudo update-ca-trust',
      ],
    ],
  ])('takes every command line of podman %s, and leaves no empty folder', async (_version, lines) => {
    await apply(fixture('podman-5.8.2'));
    await rm(at('var/run/podbsd/no-shares-notice'), { force: true });
    const told: string[] = [];
    for (const line of lines) {
      const ran = await guest.runAs(1777, '/bin/sh', '-c', `PATH=${shims}:$PATH:/usr/local/bin; ${line}`);
      expect(ran, line).toMatchObject({ exitCode: 0, stdout: '' });
      // Debian's sudo wants to know its host, which is not the tree's.
      told.push(ran.stderr.replaceAll(/^sudo: unable to resolve host .*\n/gm, ''));
    }
    expect(told.join('')).toMatch(/^podbsd: folders of the host are not shared with this machine: .*\n$/);
    for (const path of ['mnt/d', 'srv/d', 'srv/my d'])
      await expect(lstat(at(path)), path).rejects.toThrow('ENOENT');
  });

  it('takes the script with the proxies that podman 5 and 6 send to bash', async () => {
    await apply(fixture('podman-5.8.2'));
    const script = (proxies: string): string => `#!/bin/bash
SYSTEMD_CONF=/etc/systemd/system.conf.d/default-env.conf
ENVD_CONF=/etc/environment.d/default-env.conf
PROFILE_CONF=/etc/profile.d/default-env.sh

mkdir -p /etc/profile.d /etc/environment.d /etc/systemd/system.conf.d/
rm -f $SYSTEMD_CONF $ENVD_CONF $PROFILE_CONF

echo "[Manager]" >> $SYSTEMD_CONF
for proxy in ${proxies}; do
	printf "DefaultEnvironment=\\"%s\\"\\n" "$proxy"  >> $SYSTEMD_CONF
	printf "%q\\n" "$proxy"  >> $ENVD_CONF
	printf "export %q\\n" "$proxy" >> $PROFILE_CONF
done

systemctl daemon-reload
`;
    for (const [proxies, expected] of [
      ['', ''],
      [
        '"HTTPS_PROXY=http://u:p%40@host.containers.internal:3128"',
        'http://u:p%40@host.containers.internal:3128',
      ],
      ['', "podman_service_env=''"],
    ] as const) {
      await writeFile(at('script'), script(proxies));
      const ran = await guest.run('/bin/sh', '-c', `PATH=${shims}:$PATH; /usr/bin/bash < /script`);
      expect(ran).toMatchObject({ exitCode: 0, stdout: '' });
      const written = await text('usr/local/etc/rc.conf.d/podman_service').catch(() => '');
      expect(written).toContain(expected);
    }
  });

  it('gives logins the proxies, and sudo keeps them', async () => {
    await apply(fixture('podman-5.8.2'));
    const flags = '. /etc/rc.conf.d/sshd; exec /usr/sbin/sshd -G $sshd_flags';
    const settings = await guest.run('/bin/sh', '-c', flags);
    expect(settings.stdout).toMatch(/^permituserenvironment \*_proxy,\*_PROXY,SSL_CERT_FILE,SSL_CERT_DIR$/m);
    const proxy = 'https_proxy=http://p:1';
    await writeFile(
      at('etc/systemd/system.conf.d/default-env.conf'),
      `[Manager]\nDefaultEnvironment=${proxy}\n`,
    );
    expect(await guest.run(`${shims}/systemctl`, 'daemon-reload')).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await text('home/core/.ssh/environment')).toContain(`\n${proxy}\n`);
    expect(await rights('home/core/.ssh/environment')).toBe('600 1777:1777');
    const sudo = `${proxy} no_proxy=x SECRET=y exec /usr/local/bin/sudo -n env`;
    const seen = await guest.runAs(1777, '/bin/sh', '-c', sudo);
    expect(seen.stdout).toMatch(/^https_proxy=http:\/\/p:1$/m);
    expect(seen.stdout).toMatch(/^no_proxy=x$/m);
    expect(seen.stdout).not.toContain('SECRET');
  });

  it('has the real sudo and sshd read what is for them, and leaves out what they would not take', async () => {
    const file = (path: string, content: string) => ({
      path,
      contents: { source: `data:,${encodeURIComponent(content)}` },
    });
    const files = [
      file('/etc/sudoers.d/good', '%operator ALL=(ALL) NOPASSWD: /bin/ls\n'),
      file('/etc/sudoers.d/bad', 'who knows what\n'),
      file('/etc/ssh/sshd_config.d/good.conf', 'ClientAliveInterval 60\n'),
      file('/etc/ssh/sshd_config.d/bad.conf', 'NoSuchWord yes\n'),
      file('/etc/profile.d/good.sh', 'export GOOD="a b"\n'),
      file('/etc/profile.d/bad.sh', 'if then (\n'),
    ];
    const users = [{ name: 'core', uid: 1777, sshAuthorizedKeys: [aKey] }];
    const result = await apply(config({ passwd: { users }, storage: { files } }));
    expect(result.exitCode).toBe(0);
    expect(result.stderr.match(/notice: /g)).toHaveLength(3);
    expect(result.stderr).toMatch(/sudoers.*syntax error/);
    expect(result.stderr).toMatch(/Bad configuration option: NoSuchWord/);
    expect(await rights('usr/local/etc/sudoers.d/good')).toBe('440 0:0');
    for (const path of [
      'usr/local/etc/sudoers.d/bad',
      'etc/ssh/sshd_config.d/bad.conf',
      'etc/profile.d/bad.sh',
    ])
      await expect(lstat(at(path)), path).rejects.toThrow('ENOENT');
    const settings = await guest.run('/usr/sbin/sshd', '-G', '-f', '/etc/ssh/sshd_config');
    expect(settings.stdout).toMatch(/^clientaliveinterval 60$/m);
    expect((await guest.run('/bin/sh', '-c', '. /etc/profile; echo "$GOOD"')).stdout).toBe('a b\n');
  });

  it('writes text, bytes and unpacked contents as they are', async () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
    const files = [
      {
        path: '/opt/text',
        contents: { source: `data:,${encodeURIComponent('é € 😀\n$(touch /pwned)`\'"\\')}` },
      },
      { path: '/opt/bytes', contents: { source: `data:;base64,${Buffer.from(bytes).toString('base64')}` } },
    ];
    expect(await apply(config({ storage: { files } }))).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await text('opt/text')).toBe('é € 😀\n$(touch /pwned)`\'"\\');
    expect(new Uint8Array(await readFile(at('opt/bytes')))).toEqual(bytes);
    await expect(lstat(at('pwned'))).rejects.toThrow('ENOENT');
  });

  it('says what failed, and keeps it for status', async () => {
    const users = [{ name: 'core', uid: 1777, sshAuthorizedKeys: [aKey] }];
    const files = [{ path: '/home/core/x', user: { name: 'nobody-here' } }];
    const result = await apply(config({ passwd: { users }, storage: { files } }));
    expect(result).toMatchObject({ exitCode: 1 });
    expect(result.stderr).toBe(
      'podbsd-agent: file /home/core/x: there is no user nobody-here (/storage/files/0)\n',
    );
    const json = await guest.run(agent, 'apply', '--config', '/config.ign', '--json');
    expect(json.exitCode).toBe(1);
    expect(JSON.parse(json.stdout)).toMatchObject({
      ok: false,
      failures: [expect.stringMatching(/nobody-here/)],
    });
    const status = await guest.run(agent, 'status');
    expect(status.exitCode).toBe(1);
    expect(status.stdout).toContain(
      '  failed: file /home/core/x: there is no user nobody-here (/storage/files/0)\n',
    );
    expect((await guest.run(`${shims}/systemctl`, 'daemon-reload')).stderr).toMatch(
      /not provisioned: file \/home\/core\/x/,
    );
  });
});
