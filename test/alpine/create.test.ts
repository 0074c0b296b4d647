import { chmod, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { basename, join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it, vi } from 'vitest';
import { checkGuestName, guestMac, guestUuid } from '../../src/alpine/identity.ts';
import { addedText } from '../../src/alpine/overlay/addition.ts';
import { planAddition } from '../../src/alpine/overlay/edit.ts';
import { editOverlay } from '../../src/alpine/overlay/file.ts';
import { ExitCode } from '../../src/ground/errors.ts';
import { findProgram, missing } from '../support/programs.ts';
import { create, scratch } from './support/fixture.ts';
import { readMembers } from './support/overlay.ts';

async function hashes(files: readonly string[]): Promise<string[]> {
  const contents = await Promise.all(files.map(async (path) => await readFile(path)));
  return contents.map((content) => createHash('sha256').update(content).digest('hex'));
}

describe.skipIf(missing('mformat') !== undefined)('createGuest', () => {
  it('gives the same bytes again, and keeps the keys that lie there', async () => {
    const folder = scratch();
    const { files } = await create(folder);
    const before = await hashes(files);
    expect(files.length).toBe(9);
    await create(folder);
    expect(await hashes(files)).toEqual(before);
    await create(folder, { hostname: 'other' });
    const after = await hashes(files);
    expect(after.filter((hash) => !before.includes(hash)).length).toBeGreaterThanOrEqual(3);
    expect(after[files.indexOf(join(folder, 'id_ed25519'))]).toBe(
      before[files.indexOf(join(folder, 'id_ed25519'))],
    );
  });

  it('that fails leaves the folder as it was, and none where there was none', async () => {
    const folder = scratch();
    const { files } = await create(folder);
    const before = await hashes(files);
    await mkdir(join(folder, '.making-999999999-Ab3dEf'));
    vi.stubEnv('TMPDIR', join(folder, 'none'));
    await expect(create(folder, { engine: 'docker' })).rejects.toThrow('ENOENT');
    expect(await hashes(files)).toEqual(before);
    expect((await readdir(folder)).sort()).toEqual(files.map((path) => basename(path)).sort());
    await expect(create(join(folder, 'new', 'guest'))).rejects.toThrow('ENOENT');
    expect(await readdir(folder)).not.toContain('new');
  });

  it('keeps what somebody has changed unless told otherwise, and says what it would lose', async () => {
    const folder = scratch();
    const { files } = await create(folder);
    const archive = join(folder, 'docker.apkovl.tar.gz');
    await editOverlay(archive, {}, ({ members }) => planAddition(members, addedText('etc/motd', 'mine\n')));
    const before = await hashes(files);
    await expect(create(folder, { engine: 'docker' })).rejects.toMatchObject({
      exitCode: ExitCode.usage,
      problem: expect.stringContaining(`since podbsd alpine create wrote them: ${archive}`) as string,
    });
    expect(await hashes(files)).toEqual(before);
    await create(folder, { engine: 'docker' }, { force: true });
    expect((await readMembers(archive)).map(({ path }) => path)).not.toContain('etc/motd');
    await create(folder, { engine: 'podman' });
  });

  it('makes no other guest in the same folder, and none over files of somebody else', async () => {
    const folder = scratch();
    const { files } = await create(folder);
    const before = await hashes(files);
    for (const force of [false, true])
      await expect(create(folder, {}, { name: 'web', force })).rejects.toThrow('holds the guest docker');
    expect(await hashes(files)).toEqual(before);
    await rm(join(folder, 'guest.json'));
    await expect(create(folder)).rejects.toThrow('changed since podbsd alpine create wrote them');
  });

  it('writes secrets for the owner only', async () => {
    const folder = scratch();
    await create(folder);
    for (const file of ['ssh_host_ed25519_key', 'id_ed25519', 'apkovl.img', 'docker.apkovl.tar.gz'])
      expect((await stat(join(folder, file))).mode & 0o777, file).toBe(0o600);
  });

  it('makes no key when others may log in', async () => {
    const folder = scratch();
    const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIM3gLKNHfAzwAoL72c71iMIVRqAiir4KIPwzokcmXvvh me';
    const { guest, files } = await create(folder, { ssh_authorized_keys: [key] });
    expect(guest.ownKey).toBe(false);
    expect(files.some((file) => file.includes('id_ed25519'))).toBe(false);
    const members = await readMembers(join(folder, 'apkovl.img'));
    const keys = members.find(({ path }) => path === 'etc/ssh/authorized_keys/root');
    expect(keys?.content.toString()).toBe(`${key}\n`);
  });

  it('names the overlay on the disk after the host name, as lbu does', async () => {
    const folder = scratch();
    await create(folder, { hostname: 'engine' });
    const { stdout } = await execa('mdir', ['-b', '-i', `${join(folder, 'apkovl.img')}@@1M`, '::']);
    expect(stdout.split('\n')).toContain('::/engine.apkovl.tar.gz');
  });

  it('makes keys that OpenSSH reads, each time', async () => {
    for (let time = 0; time < 3; time++) {
      const folder = scratch();
      await create(folder);
      const { stdout } = await execa('ssh-keygen', ['-y', '-f', join(folder, 'ssh_host_ed25519_key')]);
      const known = await readFile(join(folder, 'known_hosts'), 'utf8');
      expect(known).toBe(`docker ${stdout.split(' ').slice(0, 2).join(' ')}\n`);
      const { stdout: found } = await execa('ssh-keygen', [
        '-F',
        'docker',
        '-f',
        join(folder, 'known_hosts'),
      ]);
      expect(found).toContain('ssh-ed25519');
    }
  });
});

describe.skipIf(missing('sshd', 'mformat') !== undefined)("the guest's sshd", () => {
  it('accepts its configuration, and offers only keys and current algorithms', async () => {
    const folder = scratch();
    await create(folder);
    await mkdir(join(folder, 'ssh'));
    for (const entry of await readMembers(join(folder, 'docker.apkovl.tar.gz'))) {
      if (entry.kind !== 'file' || !/^etc\/ssh\/[^/]+$/.test(entry.path)) continue;
      const path = join(folder, 'ssh', entry.path.slice('etc/ssh/'.length));
      await writeFile(path, entry.content);
      await chmod(path, entry.mode);
    }
    const config = join(folder, 'ssh/sshd_config');
    await writeFile(
      config,
      (await readFile(config, 'utf8')).replaceAll('/etc/ssh/ssh_host', join(folder, 'ssh/ssh_host')),
    );
    // sshd run by root checks nothing without its separation folder, which only a running service makes.
    if (process.getuid?.() === 0) await mkdir('/run/sshd', { recursive: true });
    await execa(findProgram('sshd') ?? '', ['-t', '-f', config]);
    const { stdout, stderr } = await execa(findProgram('sshd') ?? '', ['-T', '-f', config]);
    expect(stderr).toBe('');
    const settings = stdout.split('\n');
    for (const line of [
      'permitrootlogin without-password',
      'authenticationmethods publickey',
      'passwordauthentication no',
      'kbdinteractiveauthentication no',
      'permitemptypasswords no',
      'allowtcpforwarding no',
      'allowstreamlocalforwarding local',
      'disableforwarding no',
      'hostkeyalgorithms ssh-ed25519-cert-v01@openssh.com,ssh-ed25519',
      'ciphers chacha20-poly1305@openssh.com,aes256-gcm@openssh.com',
      'authorizedkeysfile /etc/ssh/authorized_keys/%u .ssh/authorized_keys',
      'subsystem sftp internal-sftp',
    ])
      expect(settings).toContain(line);
  });
});

describe('identity', () => {
  it('is fixed by the name', () => {
    expect(guestUuid('docker')).toBe(guestUuid('docker'));
    expect(guestUuid('docker')).not.toBe(guestUuid('web'));
    expect(guestMac('docker')).not.toBe(guestMac('web'));
  });

  it.each(['a', '-rf', 'a/b', '../x', 'Docker', 'a b', 'x'.repeat(31), 'a.', 'ab\n'])(
    'refuses the name %j',
    (name) => {
      expect(() => checkGuestName(name)).toThrow(/2 to 30 lower-case letters/);
    },
  );
});
