import { execa } from 'execa';
import * as fs from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { ExitCode } from '../../../src/ground/errors.ts';
import { SshHost } from '../../../src/host/ssh.ts';
import type { SshSettings } from '../../../src/host/ssh/settings.ts';
import { eventually } from '../../support/eventually.ts';
import { missing } from '../../support/programs.ts';
import { startSshd, type TestSshd } from '../../support/sshd.ts';

describe.skipIf(missing('sshd', 'ssh-agent', 'ssh-keygen') !== undefined)('connecting', () => {
  let sshd: TestSshd;
  beforeAll(async () => void (sshd = await startSshd()));
  afterAll(() => sshd.stop());

  /** Logs in, runs one command and says what it printed. */
  async function login(
    settings: Partial<SshSettings>,
    without: readonly (keyof SshSettings)[] = [],
  ): Promise<string> {
    const all = Object.entries({ ...sshd.settings, ...settings });
    const kept = Object.fromEntries(all.filter(([name]) => !without.includes(name as keyof SshSettings)));
    const host = await SshHost.connect(kept as unknown as SshSettings);
    try {
      return (await host.run(['echo', 'in'])).stdout;
    } finally {
      await host.close();
    }
  }

  async function knownHosts(text: string): Promise<string> {
    const folder = await fs.mkdtemp(join(sshd.folder, 'known-'));
    const file = join(folder, 'ssh', 'known_hosts');
    if (text !== '') {
      await fs.mkdir(join(folder, 'ssh'));
      await fs.writeFile(file, text);
    }
    return file;
  }

  describe('host key', () => {
    it('is right when it is the pinned one, and no other', async () => {
      expect(await login({})).toBe('in\n');
      const stranger = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';
      await expect(login({ hostKeys: [stranger] })).rejects.toMatchObject({ exitCode: ExitCode.untrusted });
    });

    it('is looked up in known_hosts', async () => {
      const file = await knownHosts(`[127.0.0.1]:${sshd.port} ${sshd.hostKey}\n`);
      expect(await login({ knownHostsFiles: [file] }, ['hostKeys'])).toBe('in\n');
    });

    it('is refused while unknown, with its fingerprint', async () => {
      const file = await knownHosts('');
      const { stdout } = await execa('ssh-keygen', ['-lf', join(sshd.folder, 'host_key.pub')]);
      await expect(login({ knownHostsFiles: [file] }, ['hostKeys'])).rejects.toMatchObject({
        exitCode: ExitCode.untrusted,
        problem: expect.stringContaining(stdout.split(' ')[1] ?? '?') as string,
      });
      await expect(fs.stat(file)).rejects.toThrow('ENOENT');
    });

    it('is remembered when accepted, so that ssh-keygen finds it', async () => {
      const file = await knownHosts('elsewhere ssh-ed25519 AAAA');
      await login({ knownHostsFiles: [file], acceptNewHostKey: true }, ['hostKeys']);
      expect(await login({ knownHostsFiles: [file] }, ['hostKeys'])).toBe('in\n');
      const { stdout } = await execa('ssh-keygen', ['-F', `[127.0.0.1]:${sshd.port}`, '-f', file]);
      expect(stdout).toContain(sshd.hostKey.split(' ')[1]);
    });

    it('is refused when it has changed, even if new ones are accepted', async () => {
      const before = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';
      const file = await knownHosts(`[127.0.0.1]:${sshd.port} ${before}\n`);
      const settings = { knownHostsFiles: [file], acceptNewHostKey: true };
      await expect(login(settings, ['hostKeys'])).rejects.toMatchObject({
        exitCode: ExitCode.untrusted,
        remedy: expect.stringContaining(`ssh-keygen -R '[127.0.0.1]:${sshd.port}'`) as string,
      });
    });

    it('is refused when revoked', async () => {
      const line = `[127.0.0.1]:${sshd.port} ${sshd.hostKey}\n`;
      const file = await knownHosts(`${line}@revoked ${line}`);
      await expect(login({ knownHostsFiles: [file] }, ['hostKeys'])).rejects.toThrow('revoked');
    });
  });

  describe('login', () => {
    it('takes a key as text', async () => {
      expect(await login({ identity: { text: await fs.readFile(sshd.identityFile, 'utf8') } })).toBe('in\n');
    });

    it('takes the keys of an agent', async () => {
      const agent = await startAgent(sshd);
      await execa('ssh-add', [sshd.identityFile], { env: { SSH_AUTH_SOCK: agent } });
      expect(await login({ agent }, ['identity'])).toBe('in\n');
    });

    it('takes the default key files, passing over those it cannot use', async () => {
      const home = await fs.mkdtemp(join(sshd.folder, 'home-'));
      vi.stubEnv('HOME', home);
      vi.stubEnv('SSH_AUTH_SOCK', '');
      onTestFinished(() => void vi.unstubAllEnvs());
      await fs.mkdir(join(home, '.ssh'));
      await execa('ssh-keygen', [
        '-q',
        '-t',
        'ed25519',
        '-N',
        'secret',
        '-f',
        join(home, '.ssh', 'id_ed25519'),
      ]);
      await expect(login({}, ['identity'])).rejects.toMatchObject({
        exitCode: ExitCode.host,
        problem: expect.stringMatching(
          /no key to log in with\nnot usable: .*id_ed25519: .*passphrase/,
        ) as string,
      });
      await fs.copyFile(sshd.identityFile, join(home, '.ssh', 'id_rsa'));
      expect(await login({}, ['identity'])).toBe('in\n');
    });

    it('says which keys were refused', async () => {
      const file = join(sshd.folder, 'stranger');
      await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file]);
      await expect(login({ identity: { file } })).rejects.toMatchObject({
        exitCode: ExitCode.host,
        problem: `refused: ${file}`,
      });
      await expect(login({ identity: { file: `${file}.pub` } })).rejects.toThrow('public key');
      await expect(login({ identity: { file: '/nowhere' } })).rejects.toThrow('there is no such file');
    });
  });

  it('reports a port where nobody answers, and one where no SSH server does', async () => {
    await expect(login({ port: 1 })).rejects.toMatchObject({ exitCode: ExitCode.network });
    const server = createServer((socket) => socket.end('hello\r\n')).listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    await expect(login({ port })).rejects.toMatchObject({ exitCode: ExitCode.network });
  });
});

async function startAgent(sshd: TestSshd): Promise<string> {
  const socket = join(sshd.folder, 'agent.sock');
  const agent = execa('ssh-agent', ['-D', '-a', socket], { reject: false });
  onTestFinished(async () => {
    agent.kill();
    await agent;
  });
  await eventually(() => fs.access(socket));
  return socket;
}
