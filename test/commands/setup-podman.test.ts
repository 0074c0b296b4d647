import { chmod, chown, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { beforeEach, describe, expect, it } from 'vitest';
import { ExitCode } from '../../src/ground/errors.ts';
import { bundledProgram } from '../support/bundled-program.ts';
import { missing } from '../support/programs.ts';
import { tempDir } from '../support/temp-dir.ts';

const isRoot = process.getuid?.() === 0;
const NOBODY = 65_534;

// podman refuses root, and so does the command: a test run by root steps down.
const lacking = isRoot ? missing('setpriv') : undefined;
describe.skipIf(process.platform !== 'linux' || lacking !== undefined)('podbsd setup-podman', () => {
  let home: string;
  let bin: string;
  let tmp: string;

  beforeEach(async () => {
    const folder = await tempDir();
    await chmod(folder, 0o755);
    [home, bin, tmp] = [join(folder, 'home'), join(folder, 'bin'), join(folder, 'tmp')];
    for (const path of [home, bin, tmp]) await mkdir(path);
    if (isRoot) for (const path of [home, tmp]) await chown(path, NOBODY, NOBODY);
    for (const [name, says] of [
      ['podman', 'podman version 5.4.2'],
      ['gvproxy', ''],
      ['qemu-img', ''],
      ['qemu-system-x86_64', 'QEMU emulator version 10.0.2'],
      ['qemu-system-aarch64', 'QEMU emulator version 10.0.2'],
    ] as const) {
      await writeFile(join(bin, name), `#!/bin/sh\necho '${says}'\n`, { mode: 0o755 });
    }
  });

  async function podbsd(...args: readonly string[]) {
    const stepDown = isRoot
      ? ['setpriv', '--reuid', String(NOBODY), '--regid', String(NOBODY), '--clear-groups']
      : [];
    const argv = [...stepDown, process.execPath, await bundledProgram(), 'setup-podman', ...args];
    return await execa(argv[0] ?? '', argv.slice(1), {
      env: {
        HOME: home,
        TMPDIR: tmp,
        PATH: `${bin}:${process.env['PATH'] ?? ''}`,
        XDG_CONFIG_HOME: '',
        XDG_DATA_HOME: '',
      },
      reject: false,
    });
  }

  it('shows a plan, sets up and undoes', async () => {
    const plan = await podbsd('--dry-run');
    expect([plan.exitCode, plan.stdout]).toEqual([
      ExitCode.ok,
      expect.stringMatching(/^ok +podman +5\.4\.2 at .*bin\/podman/m),
    ]);
    expect(await readdir(home)).toEqual([]);

    const json = JSON.parse((await podbsd('--json')).stdout) as { changed: string[]; missing: string[] };
    expect(json.missing).toEqual([]);
    expect(Object.keys(json)).toEqual(expect.arrayContaining(['podman', 'qemu', 'virtiofsd', 'install']));
    expect(json.changed.at(-1)).toBe(join(home, '.config/containers/containers.conf.d/99-podbsd.conf'));

    const undone = await podbsd('--undo');
    expect(undone.stdout).toContain(`removed ${join(home, '.local/share/podbsd/helpers')}`);
    expect(await readdir(home)).toEqual([]);
  });

  it('does its work where something is missing, and says what installs it', async () => {
    await rm(join(bin, 'podman'));
    const { exitCode, stdout, stderr } = await podbsd();
    expect(exitCode, stderr).toBe(ExitCode.ok);
    expect(stdout).toContain(`wrote ${join(home, '.config/containers/containers.conf.d/99-podbsd.conf')}`);
    expect(stderr).toMatch(/no machine starts before this is installed: podman/);
  });

  it('does not take a home that it may not write for a bug', async () => {
    await chmod(home, 0o555);
    const { exitCode, stderr } = await podbsd();
    expect([exitCode, stderr]).toEqual([
      ExitCode.host,
      expect.stringMatching(/home cannot be written: this user may not write there[^]*\.local/),
    ]);
    expect(stderr).not.toContain('bug');
  });

  it.runIf(isRoot)('refuses root with the reason', async () => {
    const argv = [await bundledProgram(), 'setup-podman'];
    const { exitCode, stderr } = await execa(process.execPath, argv, { reject: false });
    expect([exitCode, stderr]).toEqual([ExitCode.host, expect.stringContaining('podman refuses')]);
  });
});
