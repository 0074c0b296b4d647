import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ExitCode } from '../../src/ground/errors.ts';
import type { VerifyReport } from '../../src/vm/verify/verify.ts';
import { mbrSector } from '../disk/sample-disk.ts';
import { bundledProgram } from '../support/bundled-program.ts';
import { missing } from '../support/programs.ts';

// What an image does that boots is in test/recipes/bake/recipe.test.ts and test/e2e/verify.test.ts.

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

  it('takes the image of a folder that was exported, once it has its checksum', async () => {
    const { exitCode, stderr } = await podbsd('verify', '.');
    expect([exitCode, stderr]).toEqual([65, expect.stringContaining('it is a folder')]);

    const out = join(folder, 'out');
    const [raw, sector] = [join(folder, 'freebsd.raw'), mbrSector()];
    await writeFile(raw, Buffer.concat([sector, Buffer.alloc(1024 * 1024)]));
    expect((await podbsd('export', raw, '--out', out, '--format', 'raw')).exitCode).toBe(0);
    const [image = ''] = (await readdir(out)).filter((name) => name.endsWith('.raw'));
    await writeFile(join(out, image), 'changed');
    const changed = await podbsd('verify', 'out');
    expect(changed.exitCode).toBe(ExitCode.untrusted);
    expect(changed.stderr).toContain(image);
  });

  it('refuses a client and a time that do not exist', async () => {
    expect((await podbsd('verify', 'x', '--client', '3')).exitCode).toBe(2);
    expect((await podbsd('verify', 'x', '--timeout', 'soon')).exitCode).toBe(2);
  });
});

describe('podbsd verify on this host', () => {
  const disk = async (): Promise<string> => {
    const path = join(folder, 'brief.raw');
    const sector = mbrSector();
    briefGuest.copy(sector);
    await writeFile(path, Buffer.concat([sector, Buffer.alloc(1024 * 1024)]));
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
    'fails a guest that ends before it is ready, in that line alone, and keeps its console',
    async () => {
      const { exitCode, stdout, stderr } = await podbsd('verify', await disk(), '--arch', 'amd64', '--json');
      const { passed, results } = JSON.parse(stdout) as VerifyReport;
      expect(results.filter(({ state }) => state === 'failed').map(({ id }) => id)).toEqual(['ready']);
      expect([exitCode, passed], stderr).toEqual([1, false]);
      expect(await readFile(join(folder, 'podbsd-verify-console.log'), 'utf8')).toContain('bye');
    },
  );

  it.skipIf(missing('qemu-img', 'qemu-system-x86_64') !== undefined)(
    'shows what it found where the console cannot be kept',
    async () => {
      const options = ['--arch', 'amd64', '--console-log', 'absent/log', '--json'];
      const { exitCode, stdout, stderr } = await podbsd('verify', await disk(), ...options);
      const { results } = JSON.parse(stdout) as VerifyReport;
      expect(results.filter(({ state }) => state === 'failed').map(({ id }) => id)).toEqual(['ready']);
      expect(stderr).toContain("the guest's console is not kept");
      expect(exitCode).toBe(1);
    },
  );
});

/** Says `bye` on the serial port and switches the machine off. */
const briefGuest = Buffer.concat([
  Buffer.from([0xba, 0xf8, 0x03]), // mov dx, 0x3f8
  ...[...Buffer.from('bye\n')].map((byte) => Buffer.from([0xb0, byte, 0xee])), // mov al, BYTE; out dx, al
  Buffer.from([0xba, 0x04, 0x06, 0xb8, 0x00, 0x20, 0xef]), // mov dx, 0x604; mov ax, 0x2000; out dx, ax
  Buffer.from([0xf4]), // hlt
]);
