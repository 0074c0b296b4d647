import * as fs from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { parse } from 'smol-toml';
import { beforeEach, describe, expect, it } from 'vitest';
import { checksOf, examine } from '../../../src/doctor/check.ts';
import { macosPodmanChecks } from '../../../src/doctor/podman/macos.ts';
import { DryRunHost } from '../../../src/host/dry-run.ts';
import { LocalHost } from '../../../src/host/local.ts';
import { inspectHost, type Inspection } from '../../../src/podman/inspect.ts';
import { outdated, setUp, undo } from '../../../src/podman/setup.ts';
import { userFolders, type UserFolders } from '../../../src/podman/user-folders.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { gptDisk, partitionTypes } from './installed.ts';

const host = new LocalHost();

describe('setup-podman on macOS', () => {
  let home: string;
  let cellar: string;
  let folders: UserFolders;
  let env: NodeJS.ProcessEnv;
  const helpers = (): string => join(home, '.local/share/podbsd/helpers');
  const dropIn = (): string => join(home, '.config/containers/containers.conf.d/99-podbsd.conf');

  // As Homebrew lays it out: programs are links to a folder of their version, helpers lie beside them.
  beforeEach(async () => {
    const folder = await fs.realpath(await tempDir());
    [home, cellar] = [join(folder, 'home'), join(folder, 'Cellar')];
    const bin = join(folder, 'bin');
    await fs.mkdir(bin);
    await fs.mkdir(home);
    await program('podman/5.8.3/bin/podman', 'podman version 5.8.3');
    await program('podman/5.8.3/libexec/podman/gvproxy', 'gvproxy version v0.8.9');
    await program('podman/5.8.3/libexec/podman/vfkit', 'the real vfkit');
    await program('qemu/10.0.2/bin/qemu-system-x86_64', 'QEMU emulator version 10.0.2');
    await program('qemu/10.0.2/bin/qemu-system-aarch64', 'QEMU emulator version 10.0.2');
    await program('qemu/10.0.2/bin/qemu-img', '');
    await fs.mkdir(join(cellar, 'qemu/10.0.2/share/qemu'), { recursive: true });
    await fs.writeFile(join(cellar, 'qemu/10.0.2/share/qemu/edk2-aarch64-code.fd'), '');
    for (const path of [
      'podman/5.8.3/bin/podman',
      ...['x86_64', 'aarch64'].map((cpu) => `qemu/10.0.2/bin/qemu-system-${cpu}`),
      'qemu/10.0.2/bin/qemu-img',
    ])
      await fs.symlink(join('..', 'Cellar', path), join(bin, path.split('/').at(-1) ?? ''));
    env = { HOME: home, PATH: bin };
    folders = userFolders(env);
  });

  async function program(path: string, says: string): Promise<void> {
    const file = join(cellar, path);
    await fs.mkdir(join(file, '..'), { recursive: true });
    await fs.writeFile(file, `#!/bin/sh\necho '${says}' "$@"\n`, { mode: 0o755 });
  }

  async function inspect(): Promise<Inspection> {
    return await inspectHost(host, {
      folders,
      env,
      systemRoots: [join(home, 'no-system')],
      system: 'darwin',
    });
  }

  it('finds podman, QEMU, gvproxy and firmware of Homebrew', async () => {
    const found = await inspect();
    expect(found).toMatchObject({
      podman: { version: { text: '5.8.3' } },
      qemu: { version: [10, 0] },
      gvproxy: { path: join(cellar, 'podman/5.8.3/libexec/podman/gvproxy'), version: '0.8.9' },
      firmware: true,
    });
    env['PODBSD_QEMU'] = join(cellar, 'qemu/10.0.2/bin/qemu-system-aarch64');
    expect((await inspect()).qemu?.path).toBe(env['PODBSD_QEMU']);
  });

  it('puts vfkit and krunkit where podman looks first, and takes everything back', async () => {
    const found = await inspect();
    await setUp(host, folders, found);
    expect(parse(await fs.readFile(dropIn(), 'utf8'))).toEqual({
      engine: { env: [`CONTAINERS_HELPER_BINARY_DIR=${helpers()}`, { append: true }] },
    });
    expect((await fs.readdir(helpers())).sort()).toEqual(['krunkit', 'lib', 'vfkit']);
    expect((await fs.readdir(join(helpers(), 'lib'))).sort()).toEqual([
      ...['datagram.pl', 'freebsd-disk', 'guard', 'helper-folders', 'launch', 'made-folders.json', 'node'],
      ...['podman-helper.mjs', 'real-helper'],
    ]);
    expect(await outdated(host, folders, await inspect())).toEqual([]);
    expect(await setUp(host, folders, await inspect())).toEqual([]);

    // A machine of another system reaches the helper that podman would have found beside itself.
    const disk = join(home, 'tm-arm64.raw');
    await fs.writeFile(disk, gptDisk(partitionTypes.linux));
    const words = ['--cpus', '1', '--device', `virtio-blk,path=${disk}`];
    const run = await execa(join(helpers(), 'vfkit'), words, {
      env: { PATH: `${env['PATH'] ?? ''}:/usr/bin:/bin`, CONTAINERS_HELPER_BINARY_DIR: helpers() },
      extendEnv: false,
    });
    expect(run.stdout).toBe(`the real vfkit ${words.join(' ')}`);

    await undo(host, folders);
    expect(await fs.readdir(home)).toEqual(['tm-arm64.raw']);
  });

  it('lets gvproxy wait for a stream where there is no perl', async () => {
    await setUp(host, folders, { ...(await inspect()), perl: undefined });
    expect(await fs.readFile(join(helpers(), 'gvproxy'), 'utf8')).toContain('-listen-qemu');
  });

  it('a dry run changes nothing', async () => {
    const lines: string[] = [];
    const changed = await setUp(new DryRunHost((line) => lines.push(line), host), folders, await inspect());
    expect(changed).toContain(join(helpers(), 'krunkit'));
    expect(await fs.readdir(home)).toEqual([]);
  });

  it('doctor says what is set up and what is not', async () => {
    const look = async (): Promise<Record<string, string>> => {
      const facts = { host, found: await inspect(), folders, env };
      const findings = await examine(checksOf(macosPodmanChecks, facts), () => undefined);
      return Object.fromEntries(findings.map(({ id, state, finding }) => [id, `${state}: ${finding}`]));
    };
    const before = await look();
    expect(before).toMatchObject({
      'host.podman': expect.stringMatching(/^ok: 5.8.3/) as string,
      'host.qemu': expect.stringMatching(/^ok: 10.0/) as string,
      'host.gvproxy': expect.stringMatching(/^ok: 0.8.9/) as string,
      'host.perl': expect.stringMatching(/^ok: .*perl/) as string,
      // A QEMU that is a script runs no machine.
      'host.hvf': expect.stringMatching(/^problem: no machine runs with it/) as string,
    });
    if (process.getuid?.() !== 0)
      expect(before['host.helpers']).toMatch(/^problem: not set up: podman gives/);
    await setUp(host, folders, await inspect());
    if (process.getuid?.() !== 0) expect((await look())['host.helpers']).toMatch(/^ok/);
  });
});
