import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/ground/assets.ts';
import type { VerifyReport } from '../../src/vm/verify/verify.ts';
import { mbrSector } from '../disk/sample-disk.ts';
import { buildDisk } from '../standin/disk.ts';
import { bundledProgram } from '../support/bundled-program.ts';
import { missing } from '../support/programs.ts';
import { standInDiskUnavailable } from '../standin/requirements.ts';

/** Milliseconds for an image that is booted twice, under emulation, while other tests use the other processor. */
const TWO_BOOTS = 600_000;

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'verify-'));
});
afterAll(async () => rm(folder, { recursive: true, force: true }));

async function podbsd(...args: readonly string[]) {
  return await execa(process.execPath, [await bundledProgram(), ...args], { cwd: folder, reject: false });
}

describe('podbsd verify, before it boots anything', () => {
  it('refuses what is no image, with the remedy', async () => {
    const absent = await podbsd('verify', 'absent.qcow2');
    expect(absent.exitCode).toBe(65);
    expect(absent.stderr).toContain('absent.qcow2');

    await writeFile(join(folder, 'text.qcow2'), 'not a disk\n');
    const text = await podbsd('verify', 'text.qcow2');
    expect(text.exitCode).toBe(65);
    expect(text.stderr).toContain('it is a text file');
  });

  it('refuses a client and a time that do not exist', async () => {
    expect((await podbsd('verify', 'x', '--client', '3')).exitCode).toBe(2);
    expect((await podbsd('verify', 'x', '--timeout', 'soon')).exitCode).toBe(2);
  });
});

describe('podbsd verify on this host', () => {
  const disk = async (): Promise<string> => {
    const path = join(folder, 'empty.raw');
    await writeFile(path, Buffer.concat([mbrSector(), Buffer.alloc(1024 * 1024)]));
    return path;
  };

  it('without QEMU says so, and nothing about the image', async () => {
    const argv = [await bundledProgram(), 'verify', await disk()];
    const { exitCode, stdout, stderr } = await execa(process.execPath, argv, {
      cwd: folder,
      env: { PATH: folder },
      reject: false,
    });
    expect(stderr).toContain('qemu-img is not installed');
    expect([exitCode, stdout]).toEqual([11, '']);
  });

  it.skipIf(missing('qemu-img', 'qemu-system-x86_64') !== undefined)(
    'shows what it found where the console cannot be kept',
    async () => {
      const options = ['--arch', 'amd64', '--timeout', '1', '--console-log', 'absent/log', '--json'];
      const { exitCode, stdout, stderr } = await podbsd('verify', await disk(), ...options);
      const { results } = JSON.parse(stdout) as VerifyReport;
      expect(results.filter(({ state }) => state === 'failed').map(({ id }) => id)).toEqual(['ready']);
      expect(stderr).toContain("the guest's console is not kept");
      expect(exitCode).toBe(1);
    },
    60_000,
  );
});

describe.skipIf(standInDiskUnavailable() !== undefined)('podbsd verify on the stand-in guest', () => {
  it(
    'passes it in every line and does not write to the image',
    async () => {
      const image = await build('good');
      const before = await sha256(image);
      const { stdout, exitCode } = await podbsd('verify', image, '--json');
      const report = JSON.parse(stdout) as VerifyReport;
      expect(report.results.filter((result) => result.state !== 'passed')).toEqual([]);
      expect(exitCode).toBe(0);
      expect(await sha256(image)).toBe(before);
    },
    TWO_BOOTS,
  );

  it(
    'fails a guest that breaks its promises in just those lines, and keeps its console',
    async () => {
      const image = await build('bad', async (root) => {
        const fault = join(root, 'usr/local/etc/rc.d/podbsd_fault');
        await cp(join(packageRoot, 'test/standin/faults/podbsd_fault'), fault);
      });
      const { stdout, exitCode } = await podbsd('verify', image, '--client', '6.0', '--json');
      const report = JSON.parse(stdout) as VerifyReport;
      const failed = report.results.filter((result) => result.state === 'failed').map((result) => result.id);
      // A new host key at each boot is refused by both logins of the second.
      const second = ['second-ssh-user', 'second-ssh-root'];
      expect(failed).toEqual(['keys', 'sudo', 'timezone', 'marker', ...second]);
      expect(exitCode).toBe(1);
      const console = await readFile(join(folder, 'podbsd-verify-console.log'), 'utf8');
      expect(console).toContain('Starting sshd.');
    },
    TWO_BOOTS,
  );
});

async function build(name: string, change?: (root: string) => Promise<void>): Promise<string> {
  const here = join(folder, name);
  await mkdir(here);
  return await buildDisk(here, change);
}

async function sha256(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
}
