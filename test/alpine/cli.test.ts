import { copyFile, mkdir, readFile, realpath, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { fatOffset } from '../../src/alpine/media/locate.ts';
import { ExitCode } from '../../src/ground/errors.ts';
import { bundledProgram } from '../support/bundled-program.ts';
import { missing } from '../support/programs.ts';
import { ISO, scratch } from './support/fixture.ts';

interface Ended {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `podbsd alpine ...` in a folder. */
async function alpine(cwd: string, ...args: readonly string[]): Promise<Ended> {
  const env = { XDG_CACHE_HOME: join(cwd, 'cache'), NO_COLOR: '1' };
  const program = await bundledProgram();
  const options = { cwd, env, reject: false, stdin: 'ignore' } as const;
  const { exitCode, stdout, stderr } = await execa(process.execPath, [program, 'alpine', ...args], options);
  return { exitCode, stdout, stderr };
}

describe.skipIf(missing('mformat') !== undefined)('podbsd alpine', () => {
  it('creates a guest from podbsd.toml, and says in a dry run what it would write', async () => {
    const folder = scratch();
    await writeFile(join(folder, 'podbsd.toml'), '[alpine]\noverlay_disk = "36M"\nengine = "docker"\n');
    const dry = await alpine(folder, 'create', 'web', '--dry-run');
    expect(dry).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('# write web/web.conf') as string,
    });
    const made = await alpine(folder, 'create', 'web', '--json', '--iso', ISO);
    expect(made.exitCode).toBe(0);
    const { guest, files } = JSON.parse(made.stdout) as {
      guest: { engine: string; branch: string };
      files: string[];
    };
    expect(guest).toMatchObject({ engine: 'docker', branch: 'v3.24' });
    expect(dry.stdout.split('\n')).toEqual(files.map((file) => `# write ${file}`));
    for (const file of files) expect((await readFile(join(folder, file))).length).toBeGreaterThan(0);
  });

  it('edits an overlay on its disk without mounting anything', async () => {
    const folder = scratch();
    await writeFile(join(folder, 'podbsd.toml'), '[alpine]\noverlay_disk = "36M"\n');
    await alpine(folder, 'create', 'web');
    const disk = 'web/apkovl.img';
    await writeFile(join(folder, 'hello.sh'), '#!/bin/sh\necho hello\n', { mode: 0o755 });
    expect(
      (await alpine(folder, 'overlay', 'add', disk, 'hello.sh', '/etc/local.d/hello.start')).exitCode,
    ).toBe(0);
    expect((await alpine(folder, 'overlay', 'cat', disk, '/etc/local.d/hello.start')).stdout).toBe(
      '#!/bin/sh\necho hello',
    );
    const listing = (await alpine(folder, 'overlay', 'ls', disk)).stdout;
    expect(listing).toMatch(/^-rwxr-xr-x +21 \/etc\/local\.d\/hello\.start$/m);
    expect(listing).toMatch(/^-rw------- +\d+ \/etc\/ssh\/ssh_host_ed25519_key$/m);
    expect(listing).toMatch(/^lrwxrwxrwx +0 \/etc\/runlevels\/default\/sshd -> \/etc\/init\.d\/sshd$/m);
    expect((await alpine(folder, 'overlay', 'rm', disk, 'etc/local.d')).exitCode).toBe(0);
    expect((await alpine(folder, 'overlay', 'ls', disk)).stdout).not.toContain('local.d');
    expect(await alpine(folder, 'overlay', 'check', disk)).toMatchObject({ exitCode: 0, stdout: '' });
    const gone = await alpine(folder, 'overlay', 'cat', disk, '/etc/local.d/hello.start');
    expect(gone).toMatchObject({
      exitCode: ExitCode.data,
      stderr: expect.stringContaining('there is no /etc') as string,
    });
    expect((await alpine(folder, 'overlay', 'add', disk, 'hello.sh', '../x')).exitCode).toBe(ExitCode.usage);
  });

  it("explains an overlay made with GNU tar the seed's way, and repairs it", async () => {
    const folder = scratch();
    await mkdir(join(folder, 'tree/etc/apk'), { recursive: true });
    await writeFile(join(folder, 'tree/etc/apk/world'), 'openssh\n');
    const owner = ['--owner=me:1000', '--group=me:1000'];
    await execa('tar', ['-czf', 'web.apkovl.tar.gz', ...owner, '-C', 'tree', '.'], { cwd: folder });
    const judged = await alpine(folder, 'overlay', 'check', 'web.apkovl.tar.gz');
    expect(judged.exitCode).toBe(ExitCode.failed);
    expect(judged.stdout).toContain('error: ./etc/apk/world: the name begins with "./"');
    expect(judged.stdout).toContain('etc/apk/world: belongs to me, uid 1000');
    expect((await alpine(folder, 'overlay', 'check', 'web.apkovl.tar.gz', '--fix')).exitCode).toBe(0);
    const repaired = await alpine(folder, 'overlay', 'check', 'web.apkovl.tar.gz', '--json');
    expect(JSON.parse(repaired.stdout)).toMatchObject([
      { severity: 'warning', path: 'etc/ssh/ssh_host_ed25519_key' },
    ]);
  });

  it('knows from its guest whether the disk is read-only, and repairs what keeps it from booting', async () => {
    const folder = scratch();
    await writeFile(join(folder, 'podbsd.toml'), '[alpine]\noverlay_disk = "36M"\noverlay_readonly = true\n');
    await alpine(folder, 'create', 'web');
    await symlink('/media/apkovl/cache', join(folder, 'link'));
    await alpine(folder, 'overlay', 'add', 'web/apkovl.img', 'link', '/etc/apk/cache');
    await writeFile(join(folder, 'name'), 'other\n');
    await alpine(folder, 'overlay', 'add', 'web/apkovl.img', 'name', '/etc/hostname');
    const judged = await alpine(folder, 'overlay', 'check', 'web/apkovl.img');
    expect(judged.exitCode).toBe(ExitCode.failed);
    expect(judged.stdout).toContain('error: etc/apk/cache: points to a cache, but the disk is read-only');
    expect(judged.stdout).toContain('warning: etc/hostname: calls the guest other');
    expect((await alpine(folder, 'overlay', 'check', 'web/apkovl.img', '--fix')).exitCode).toBe(0);
    expect((await alpine(folder, 'overlay', 'check', 'web/apkovl.img')).exitCode).toBe(0);
    const archive = 'web.apkovl.tar.gz';
    await copyFile(join(folder, 'web', archive), join(folder, archive));
    await alpine(folder, 'overlay', 'add', archive, 'link', '/etc/apk/cache');
    expect((await alpine(folder, 'overlay', 'check', archive)).exitCode).toBe(0);
    expect((await alpine(folder, 'overlay', 'check', archive, '--readonly-disk')).exitCode).toBe(1);
  });

  it('does not wait at a pipe', async () => {
    const folder = scratch();
    await execa('mkfifo', [join(folder, 'pipe')]);
    await expect(fatOffset(join(folder, 'pipe'))).rejects.toMatchObject({
      problem: 'it is a pipe, a socket or a device',
      exitCode: ExitCode.usage,
    });
  });

  it('says that a folder is no overlay, and that what cannot be repaired remains', async () => {
    const folder = scratch();
    expect(await alpine(folder, 'overlay', 'ls', '.')).toMatchObject({
      exitCode: ExitCode.usage,
      stderr: expect.stringContaining('it is a folder') as string,
    });
    await mkdir(join(folder, 'tree/etc'), { recursive: true });
    await writeFile(join(folder, 'tree/etc/shadow'), 'bin:!::0:::::\n');
    await execa('tar', ['-czf', 'x.apkovl.tar.gz', '-C', 'tree', 'etc'], { cwd: folder });
    const fixed = await alpine(folder, 'overlay', 'check', 'x.apkovl.tar.gz', '--fix');
    expect(fixed.exitCode).toBe(ExitCode.failed);
    expect(fixed.stderr).toContain('remains: error: etc/shadow: has no line for root');
  });

  it.skipIf(process.platform === 'freebsd')(
    'says on other systems that it needs FreeBSD, and what to do',
    async () => {
      const folder = scratch();
      for (const command of ['start', 'ssh', 'connect']) {
        const { exitCode, stderr } = await alpine(folder, command, 'web');
        expect(exitCode, command).toBe(ExitCode.host);
        expect(stderr, command).toContain('bhyve runs on FreeBSD only');
        expect(stderr, command).toContain('--dry-run');
      }
    },
  );

  it('prints in a dry run anywhere what it would do on a bare FreeBSD host', async () => {
    const folder = scratch();
    await writeFile(join(folder, 'podbsd.toml'), '[alpine]\noverlay_disk = "36M"\n');
    await writeFile(join(folder, ISO), 'iso');
    await alpine(folder, 'create', 'web');
    const { stdout, exitCode } = await alpine(folder, 'install', 'web', '--dry-run', '--iso', ISO);
    expect(exitCode).toBe(0);
    const lines = stdout.split('\n');
    for (const line of [
      'pkg install -y vm-bhyve grub2-bhyve mtools',
      'zfs create -p -o mountpoint=/vm zroot/vm',
      'vm init',
      'vm switch create public',
      'truncate -s 20480M /vm/web/data.img',
    ])
      expect(lines).toContain(line);
    expect((await alpine(folder, 'start', 'web', '--dry-run')).stdout).toBe('vm start web');
    for (const words of [
      ['--dry-run', 'web'],
      ['web', '--dry-run'],
      ['web', '--dry-run', '--'],
    ])
      expect((await alpine(folder, 'ssh', ...words, 'ls', '-l')).stdout).toMatch(
        /^ssh .*-o StrictHostKeyChecking=yes -o HostKeyAlias=web .* root@web ls -l$/,
      );
    const connect = ['connect', 'web', '--from', 'web', '--address', '192.0.2.9', '--dry-run'];
    expect((await alpine(folder, ...connect)).stdout).toContain(
      `podman system connection add --identity ${await realpath(folder)}/web/id_ed25519 web ssh://root@192.0.2.9:22/`,
    );
    for (const command of [['create', 'web'], ['fetch']])
      expect(JSON.parse((await alpine(folder, ...command, '--dry-run', '--json')).stdout)).toBeTypeOf(
        'object',
      );
  });

  it('asks for an image when none was fetched', async () => {
    const folder = scratch();
    const { exitCode, stderr } = await alpine(folder, 'install', '.', '--dry-run');
    expect(exitCode).toBe(ExitCode.usage);
    expect(stderr).toContain('podbsd alpine fetch');
  });
});
