import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFile } from 'node:fs/promises';
import { execa } from 'execa';
import { beforeAll, describe, expect, it } from 'vitest';
import { bundledProgram } from '../support/bundled-program.ts';
import { tempDir } from '../support/temp-dir.ts';

let program = '';

async function plan(release: string, ...args: string[]) {
  const cwd = await tempDir();
  await writeFile(join(cwd, 'podbsd.toml'), `build.release = "${release}"`);
  const argv = [program, 'build-image', '--dry-run', ...args];
  const { stdout, stderr, exitCode } = await execa('node', argv, { cwd, reject: false });
  return { stdout, stderr, exitCode, left: await readdir(cwd) };
}

describe('a release in every recipe', () => {
  beforeAll(async () => {
    program = await bundledProgram();
  });

  it('of a snapshot is asked by its full name where snapshots are', async () => {
    const baked = await plan('15-STABLE', '--recipe', 'bake', '--until', 'base');
    expect(baked.stdout).toContain(
      'https://download.freebsd.org/snapshots/VM-IMAGES/15.1-STABLE/amd64/Latest/FreeBSD-15.1-STABLE-amd64-BASIC-CLOUDINIT-zfs.qcow2.xz',
    );
    const built = await plan('CURRENT', '--recipe', 'poudriere', '--until', 'jail');
    expect(built.stdout).toMatch(/jail -c .*-v 16\.0-CURRENT /);
  });

  it('that uname prints with its patch level is that release', async () => {
    const built = await plan('15.1-RELEASE-p2', '--recipe', 'poudriere', '--until', 'jail');
    expect(built.stdout).toMatch(/jail -c .*-v 15\.1-RELEASE /);
  });

  it.each(['bake', 'poudriere'])('without p9fs is refused at once by %s', async (recipe) => {
    const { exitCode, stdout, stderr } = await plan('13.5-RELEASE', '--recipe', recipe);
    expect(exitCode).toBe(78);
    expect(stderr).toContain('choose one that has it: 14.4-RELEASE, 14.5-RELEASE, 15.1-RELEASE');
    expect(stdout.split('\n').filter((line) => !/^(#|$)/.test(line))).toEqual([]);
  });
});
