import * as fs from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'smol-toml';
import { beforeEach, describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/ground/assets.ts';
import { DryRunHost } from '../../src/host/dry-run.ts';
import { LocalHost } from '../../src/host/local.ts';
import { inspectHost, missingParts, type Inspection } from '../../src/podman/inspect.ts';
import { installAdvice, installAllAdvice } from '../../src/ground/install-advice.ts';
import { outdated, setUp, undo } from '../../src/podman/setup.ts';
import { userFolders, type UserFolders } from '../../src/podman/user-folders.ts';
import { tempDir } from '../support/temp-dir.ts';

const host = new LocalHost();

describe('setup-podman', () => {
  let home: string;
  let bin: string;
  let folders: UserFolders;
  let env: NodeJS.ProcessEnv;
  const helpers = (): string => join(home, '.local/share/podbsd/helpers');
  const dropIn = (): string => join(home, '.config/containers/containers.conf.d/99-podbsd.conf');

  beforeEach(async () => {
    const folder = await tempDir();
    [home, bin] = [join(folder, 'home'), join(folder, 'bin')];
    await fs.mkdir(home);
    await fs.mkdir(bin);
    env = { HOME: home, PATH: bin };
    folders = userFolders(env);
    await program('podman', 'podman version 5.4.2');
    await program('qemu-system-x86_64', 'QEMU emulator version 10.0.2 (Debian)');
    await program('qemu-img', '');
    await program('gvproxy', 'gvproxy version v0.8.7');
  });

  async function program(name: string, says: string): Promise<void> {
    await fs.writeFile(join(bin, name), `#!/bin/sh\necho '${says}'\n`, { mode: 0o755 });
  }

  async function inspect(): Promise<Inspection> {
    return await inspectHost(host, { folders, env, systemRoots: [join(home, 'no-system')] });
  }

  /** Everything under a folder, with what it holds. */
  async function tree(folder: string): Promise<string[]> {
    const names = (await fs.readdir(folder, { recursive: true })).sort();
    return await Promise.all(
      names.map(async (name) => {
        const stats = await fs.lstat(join(folder, name));
        return stats.isFile() ? `${name}: ${await fs.readFile(join(folder, name), 'utf8')}` : name;
      }),
    );
  }

  it('finds what is there', async () => {
    const found = await inspect();
    expect(found.podman).toEqual({
      path: join(bin, 'podman'),
      version: { major: 5, minor: 4, text: '5.4.2' },
    });
    expect(found.qemu).toEqual({ path: join(bin, 'qemu-system-x86_64'), version: [10, 0] });
    expect(found.gvproxy).toEqual({ path: join(bin, 'gvproxy'), version: '0.8.7' });
    expect(missingParts({ ...found, firmware: true })).toEqual([]);
  });

  it('says what is missing, and with which command it is installed', async () => {
    await fs.rm(join(bin, 'podman'));
    await fs.rm(join(bin, 'qemu-img'));
    const found: Inspection = {
      ...(await inspect()),
      architecture: 'amd64',
      firmware: true,
      family: 'fedora',
      osRelease: '',
    };
    expect(missingParts(found)).toEqual(['podman', 'qemu-img']);
    const parts = missingParts(found);
    expect(installAllAdvice(parts, found)).toBe('sudo dnf install podman qemu-img');
    expect(installAllAdvice(parts, { ...found, family: undefined })).toBeUndefined();
    expect(installAdvice('qemu-img', { ...found, family: undefined })).toContain("your system's packages");
  });

  it('leads podman to the helpers, before everything that it searched until now', async () => {
    await setUp(host, folders, await inspect());
    expect(parse(await fs.readFile(dropIn(), 'utf8'))).toEqual({
      engine: { env: [`CONTAINERS_HELPER_BINARY_DIR=${helpers()}`, { append: true }] },
    });
    expect((await fs.readdir(helpers())).sort()).toEqual([
      'gvproxy',
      'lib',
      'qemu-system-aarch64',
      'qemu-system-x86_64',
      'virtiofsd',
    ]);
    expect(await fs.readlink(join(helpers(), 'gvproxy'))).toBe(join(bin, 'gvproxy'));
    expect(
      (await host.run([join(helpers(), 'qemu-system-x86_64'), '--version'], { env: { PATH: bin } })).stdout,
    ).toBe('QEMU emulator version 10.0.2 (Debian)\n');
  });

  it("repeats the user's folders for podman before 4.8, and changes over when another podman comes", async () => {
    await host.writeFile(
      join(home, '.config/containers/containers.conf'),
      '[engine]\nhelper_binaries_dir = ["/opt/x"]\n',
    );
    await program('podman', 'podman version 4.3.1');
    await setUp(host, folders, await inspect());
    expect(parse(await fs.readFile(dropIn(), 'utf8'))).toEqual({
      engine: { helper_binaries_dir: [helpers(), '/opt/x'] },
    });
    await program('podman', 'podman version 5.4.2');
    expect(await setUp(host, folders, await inspect())).toEqual([dropIn()]);
    expect(await fs.readFile(dropIn(), 'utf8')).not.toContain('helper_binaries_dir');
  });

  it('knows $BINDIR for the folder of the podman program, and finds gvproxy there', async () => {
    const cellar = join(home, 'cellar');
    await fs.mkdir(join(cellar, 'bin'), { recursive: true });
    await fs.mkdir(join(cellar, 'libexec/podman'), { recursive: true });
    await fs.rename(join(bin, 'podman'), join(cellar, 'bin/podman'));
    await fs.symlink(join(cellar, 'bin/podman'), join(bin, 'podman'));
    await fs.rename(join(bin, 'gvproxy'), join(cellar, 'libexec/podman/gvproxy'));
    // Built in at compile time: nothing says so.
    expect((await inspect()).gvproxy?.path).toBe(join(cellar, 'libexec/podman/gvproxy'));
    await fs.mkdir(join(home, '.config/containers'), { recursive: true });
    await fs.copyFile(
      join(packageRoot, 'test/podman/cases/bindir.conf'),
      join(home, '.config/containers/containers.conf'),
    );
    const found = await inspect();
    expect(found.searched).toEqual([join(cellar, 'libexec/podman')]);
    expect(found.gvproxy?.path).toBe(join(cellar, 'libexec/podman/gvproxy'));
  });

  it("keeps the user's own QEMU, wherever podman has found it, and tries KVM with that one", async () => {
    const mine = join(home, 'qemu');
    await fs.mkdir(mine);
    const asked = join(home, 'asked');
    // Writes down its own path each time it is to run a machine.
    await fs.writeFile(
      join(mine, 'qemu-system-x86_64'),
      `#!/bin/sh\n[ "$1" = -accel ] && echo "$0" >>'${asked}'\necho "QEMU emulator version 11.0.0 (mine)"\n`,
      { mode: 0o755 },
    );
    await fs.mkdir(join(home, '.config/containers'), { recursive: true });
    await fs.writeFile(
      join(home, '.config/containers/containers.conf'),
      stringify({ engine: { helper_binaries_dir: [mine] } }),
    );
    const found = await inspectHost(host, { folders, env, systemRoots: [] });
    if (found.architecture === 'amd64') {
      expect(found.qemu).toEqual({ path: join(mine, 'qemu-system-x86_64'), version: [11, 0] });
      const tried = (await fs.readFile(asked, 'utf8')).trim().split('\n');
      expect(new Set(tried)).toEqual(new Set([join(mine, 'qemu-system-x86_64')]));
      // What cannot even emulate the trial is no witness against KVM.
      expect(found.kvmBroken).toBe(false);
    }
    await setUp(host, folders, found);
    const { stdout } = await host.run([join(helpers(), 'qemu-system-x86_64'), '--version'], {
      env: { PATH: bin },
    });
    expect(stdout).toContain('(mine)');
  });

  it('links gvproxy only where podman does not look', async () => {
    await fs.mkdir(join(home, '.config/containers'), { recursive: true });
    await fs.writeFile(
      join(home, '.config/containers/containers.conf'),
      stringify({ engine: { helper_binaries_dir: [bin] } }),
    );
    await setUp(host, folders, await inspect());
    expect(await fs.readdir(helpers())).not.toContain('gvproxy');
  });

  it('changes nothing the second time, and repairs what was damaged', async () => {
    expect(await setUp(host, folders, await inspect())).toHaveLength(9);
    expect(await setUp(host, folders, await inspect())).toEqual([]);
    expect(await outdated(host, folders, await inspect())).toEqual([]);
    await fs.chmod(join(helpers(), 'virtiofsd'), 0o644);
    await fs.rm(join(helpers(), 'lib/node'));
    expect(await setUp(host, folders, await inspect())).toEqual([
      join(helpers(), 'lib/node'),
      join(helpers(), 'virtiofsd'),
    ]);
  });

  it('notes a KVM that no machine runs with, until it is mended', async () => {
    const found = await inspect();
    const verdict = async () => (await fs.readFile(join(helpers(), 'lib/kvm'), 'utf8')).trim();
    await setUp(host, folders, { ...found, kvmBroken: true });
    expect(await verdict()).toBe('broken');
    await setUp(host, folders, { ...found, kvmBroken: false });
    expect(await verdict()).toBe('not known to be broken');
  });

  it.each(['an empty home', 'a used one'])('leaves nothing after --undo in %s', async (which) => {
    if (which === 'a used one') {
      await fs.mkdir(join(home, '.config/containers/containers.conf.d'), { recursive: true });
      await fs.mkdir(join(home, '.local/share/podbsd'), { recursive: true });
      await fs.writeFile(join(home, '.config/containers/containers.conf'), '# mine\n');
      await fs.writeFile(join(home, '.local/share/podbsd/mine'), 'kept');
    }
    const before = await tree(home);
    await setUp(host, folders, await inspect());
    await setUp(host, folders, { ...(await inspect()), gvproxy: undefined });
    await host.writeFile(join(home, '.local/share/podbsd/console/bsd.log'), 'boot');
    expect(await tree(home)).not.toEqual(before);
    await undo(host, folders);
    expect(await tree(home)).toEqual(before);
    expect(await undo(host, folders)).toEqual([]);
  });

  it('keeps a folder that others have come to use', async () => {
    await setUp(host, folders, await inspect());
    await host.writeFile(join(home, '.config/containers/containers.conf.d/10-mine.conf'), '');
    await undo(host, folders);
    expect(await tree(home)).toEqual([
      '.config',
      '.config/containers',
      '.config/containers/containers.conf.d',
      '.config/containers/containers.conf.d/10-mine.conf: ',
    ]);
  });

  it('does not touch a file of that name that it has not made', async () => {
    await host.writeFile(dropIn(), '# mine\n');
    await expect(setUp(host, folders, await inspect())).rejects.toThrow('was not made by podbsd');
    await undo(host, folders);
    expect(await tree(home)).toEqual([
      '.config',
      '.config/containers',
      '.config/containers/containers.conf.d',
      '.config/containers/containers.conf.d/99-podbsd.conf: # mine\n',
    ]);
  });

  it('writes nothing in a dry run', async () => {
    const printed: string[] = [];
    const dry = new DryRunHost((line) => printed.push(line), host);
    await setUp(dry, folders, await inspect());
    expect(await fs.readdir(home)).toEqual([]);
    expect(printed.join('\n')).toContain(`write ${dropIn()}`);
    expect(printed.at(-1)).toContain(dropIn());
  });

  it("finds what is in the folder that podman's own variable names", async () => {
    const named = join(home, 'named');
    await fs.mkdir(named);
    await fs.rename(join(bin, 'gvproxy'), join(named, 'gvproxy'));
    env = { ...env, CONTAINERS_HELPER_BINARY_DIR: named };
    expect((await inspect()).gvproxy?.path).toBe(join(named, 'gvproxy'));
    await setUp(host, folders, await inspect());
    expect(await fs.readlink(join(helpers(), 'gvproxy'))).toBe(join(named, 'gvproxy'));
    expect(await fs.readFile(dropIn(), 'utf8')).not.toContain(named);
  });
});
