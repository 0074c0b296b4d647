import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { SshHost } from '../../../src/host/ssh.ts';
import { settingsFromUrl } from '../../../src/host/ssh/user-config.ts';
import { missing } from '../../support/programs.ts';
import { startSshd, type TestSshd } from '../../support/sshd.ts';

describe.skipIf(missing('ssh', 'sshd') !== undefined)('a host of the user’s ssh configuration', () => {
  let sshd: TestSshd;
  let home: string;

  beforeAll(async () => {
    sshd = await startSshd();
  });

  afterAll(() => sshd.stop());

  beforeEach(async () => {
    home = await mkdtemp(join(sshd.folder, 'home-'));
    await mkdir(join(home, '.ssh'));
    vi.stubEnv('HOME', home);
    vi.stubEnv('SSH_AUTH_SOCK', undefined);
  });

  afterEach(() => vi.unstubAllEnvs());

  async function configure(...lines: readonly string[]): Promise<void> {
    await writeFile(join(home, '.ssh', 'config'), `${lines.join('\n')}\n`);
  }

  /** What a name that is nobody's address needs to lead to the test's server. */
  const place = (): string[] => [
    'Host builder',
    '  HostName 127.0.0.1',
    `  Port ${sshd.port}`,
    `  User ${sshd.user}`,
  ];

  async function whoami(url: string): Promise<string> {
    const host = await SshHost.connect(await settingsFromUrl(url));
    try {
      return (await host.run(['id', '-un'])).stdout.trim();
    } finally {
      await host.close();
    }
  }

  it('is logged in to with its address, port, user and key, and known by its alias', async () => {
    await writeFile(join(home, 'known'), `the-builder ${sshd.hostKey}\n`);
    await configure(
      ...place(),
      `  IdentityFile ${sshd.identityFile}`,
      '  IdentitiesOnly yes',
      '  HostKeyAlias the-builder',
      `  UserKnownHostsFile ${home}/known`,
    );
    vi.stubEnv('SSH_AUTH_SOCK', join(home, 'no-agent'));
    expect(await whoami('ssh://builder')).toBe(sshd.user);
    await writeFile(join(home, 'known'), `[127.0.0.1]:${sshd.port} ${sshd.hostKey}\n`);
    await expect(whoami('ssh://builder')).rejects.toThrow('host key');
  });

  it('may be new, where the configuration says so, and is written where it says', async () => {
    await mkdir(join(sshd.folder, 'builder'), { recursive: true });
    await configure(
      ...place(),
      '  StrictHostKeyChecking accept-new',
      `  UserKnownHostsFile ${home}/hosts`,
      `  IdentityFile ${sshd.folder}/%n/../identity`,
    );
    expect(await whoami('ssh://builder')).toBe(sshd.user);
    expect(await readFile(join(home, 'hosts'), 'utf8')).toContain(sshd.hostKey);
  });

  it('is not trusted for being in it', async () => {
    await configure(...place(), `  IdentityFile ${sshd.identityFile}`);
    await expect(whoami('ssh://builder')).rejects.toThrow('is not known yet');
  });

  it('has the user and the port of the URL, where that names them', async () => {
    await configure(
      'Match user other',
      '  HostName 192.0.2.7',
      ...place(),
      '  IdentityFile ~/.ssh/id_ed25519',
    );
    const settings = await settingsFromUrl('ssh://other@builder:2222');
    expect(settings).toMatchObject({ host: '192.0.2.7', port: 2222, user: 'other' });
    expect(settings).not.toHaveProperty('identityFiles');
  });

  it('is root’s where neither the URL nor the configuration names a user', async () => {
    await configure('Host *.example', '  HostName %h.org');
    expect(await settingsFromUrl('ssh://a.example')).toEqual({
      host: 'a.example.org',
      port: 22,
      user: 'root',
      knownHostsFiles: [
        join(home, '.ssh/known_hosts'),
        join(home, '.ssh/known_hosts2'),
        '/etc/ssh/ssh_known_hosts',
        '/etc/ssh/ssh_known_hosts2',
      ],
    });
  });

  it('has the agent of its own, or none', async () => {
    await configure('Host a', `  IdentityAgent ${home}/agent`, 'Host b', '  IdentityAgent none');
    expect(await settingsFromUrl('ssh://a')).toMatchObject({ agent: join(home, 'agent') });
    expect(await settingsFromUrl('ssh://b')).toMatchObject({ agent: false });
  });

  it.each(['ProxyJump bastion.example', 'ProxyCommand nc %h %p'])(
    'is refused with words when it needs %s',
    async (line) => {
      await configure(...place(), `  ${line}`);
      await expect(settingsFromUrl('ssh://builder')).rejects.toMatchObject({
        problem: expect.stringContaining(line.split(' ')[0] ?? '') as string,
        remedy: expect.stringContaining('ssh -N -L') as string,
      });
    },
  );

  it('says what is wrong in the configuration, in the words of ssh', async () => {
    await configure('Hots builder');
    await expect(settingsFromUrl('ssh://builder')).rejects.toMatchObject({
      problem: expect.stringContaining('hots') as string,
      exitCode: 78,
    });
  });

  it('is an address like any other where there is no ssh', async () => {
    await configure(...place());
    vi.stubEnv('PATH', home);
    expect(await settingsFromUrl('ssh://builder')).toEqual({ host: 'builder', port: 22, user: 'root' });
  });
});
