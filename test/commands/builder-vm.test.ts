import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { beforeAll, describe, expect, it } from 'vitest';
import { bundledProgram } from '../support/bundled-program.ts';
import { tempDir } from '../support/temp-dir.ts';

let program = '';
/** What is looked for is space for all of it. */
const smallDisk = '[bake]\nbuilder_size = "1g"\n';

async function podbsd(...args: string[]) {
  return await podbsdWith(undefined, ...args);
}

async function podbsdWith(config: string | undefined, ...args: string[]) {
  const cwd = await tempDir();
  if (config !== undefined) await writeFile(join(cwd, 'podbsd.toml'), config);
  const { stdout, stderr, exitCode } = await execa('node', [program, ...args], { cwd, reject: false });
  return { stdout, stderr, exitCode, left: await readdir(cwd) };
}

describe('build-image --builder vm', () => {
  beforeAll(async () => {
    program = await bundledProgram();
  });

  it('shows in a dry run how a machine is made, and that Poudriere builds in it', async () => {
    const { stdout, exitCode, left } = await podbsdWith(
      smallDisk,
      ...['build-image', '--builder', 'vm', '--dry-run'],
    );
    expect(exitCode).toBe(0);
    expect(left).toEqual(['podbsd.toml']);
    const lines = stdout.split('\n');
    const at = (text: string): number => {
      const found = lines.findIndex((line) => line.includes(text));
      expect(found, text).toBeGreaterThan(-1);
      return found;
    };
    const order = [
      'BASIC-CLOUDINIT-zfs.qcow2.xz',
      'the machine works on',
      'inside: ASSUME_ALWAYS_YES=yes LC_ALL=C /usr/sbin/pkg install -y poudriere git-lite',
      '# preflight: Check the build host',
      'inside: poudriere -e',
      '.qcow2, ',
      'power the machine off',
    ].map(at);
    expect(order).toEqual(order.toSorted((a, b) => a - b));
    expect(stdout).toContain('.podbsd/builder/layers/builder.qcow2');
    expect(lines.filter((line) => /^(poudriere|zfs|git) /.test(line))).toEqual([]);
  });

  it('builds from source, too, which baking cannot', async () => {
    const { stdout, exitCode } = await podbsdWith(
      `build.base = "source"\n${smallDisk}filesystem = "ufs"\n`,
      ...['build-image', '--builder=vm', '--dry-run', '--until', 'world'],
    );
    expect(exitCode).toBe(0);
    expect(stdout).toContain('-BASIC-CLOUDINIT-zfs.qcow2.xz');
    expect(stdout).toMatch(/^inside: .*make .*buildworld/m);
    expect(stdout).not.toContain('qcow2 from');
  });

  it('refuses what contradicts it', async () => {
    for (const args of [
      ['--recipe', 'bake'],
      ['--host', 'ssh://root@builder'],
    ]) {
      const { exitCode, stderr } = await podbsd('build-image', '--builder', 'vm', ...args);
      expect(exitCode).toBe(2);
      expect(stderr).toContain('leave one of the two out');
    }
    expect((await podbsd('build-image', '--builder', 'cloud')).exitCode).toBe(2);
  });

  it('tells a wrong stage before a machine is made', async () => {
    const { exitCode, stderr, left } = await podbsd('build-image', '--builder', 'vm', '--from', 'pakages');
    expect(exitCode).toBe(2);
    expect(stderr).toContain('packages');
    expect(left).toEqual([]);
  });

  it('is known when it is finished, and stays until all of it is to be cleaned away', async () => {
    const cwd = await tempDir();
    const machine = join(cwd, '.podbsd/builder');
    const layer = join(machine, 'layers/builder.qcow2');
    await mkdir(join(machine, 'layers'), { recursive: true });
    await writeFile(layer, 'a disk');
    const done = { state: 'done', fingerprint: 'x', outputs: {}, started: new Date().toISOString() };
    const journal = { version: 1, stages: { boot: done, builder: done } };
    await writeFile(join(machine, 'journal.json'), JSON.stringify(journal));
    const here = async (...args: string[]): Promise<string> => {
      const env = { HOME: cwd, XDG_DATA_HOME: join(cwd, 'data'), XDG_CACHE_HOME: join(cwd, 'cache') };
      return (await execa('node', [program, ...args], { cwd, env })).stdout;
    };

    const { builds } = JSON.parse(await here('status', '--json')) as { readonly builds: readonly unknown[] };
    expect(builds).toMatchObject([{ name: 'build-image --builder vm', state: 'done' }]);
    expect(await here('clean', '--builder', 'vm')).toContain('nothing half made');
    expect(await readFile(layer, 'utf8')).toBe('a disk');
    expect(await here('clean', '--builder', 'vm', '--all')).toContain(`removed ${machine}`);
    expect(existsSync(machine)).toBe(false);
  });

  it('has nothing to clean where nothing was built', async () => {
    const { exitCode, stderr } = await podbsd('clean', '--builder', 'vm', '--all');
    expect(exitCode).toBe(1);
    expect(stderr).toContain('.podbsd/builder');
  });
});
