import { spawnSync } from 'node:child_process';
import { copyFile, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/ground/assets.ts';
import { missing } from '../support/programs.ts';

/** A recorded device: what each selector answers. See device_linux.c for the format. */
function recording(items: readonly (readonly [key: number, data: Uint8Array])[]): Buffer {
  const records = items.map(([key, data]) => {
    const head = Buffer.alloc(6);
    head.writeUInt16BE(key, 0);
    head.writeUInt32BE(data.length, 2);
    return Buffer.concat([head, data]);
  });
  return Buffer.concat(records);
}

/** The device's directory, item 0x19, as QEMU lays it out. */
function directory(
  files: readonly { key: number; size: number; name: string }[],
  count = files.length,
): Buffer {
  const entries = files.map(({ key, size, name }) => {
    const entry = Buffer.alloc(64);
    entry.writeUInt32BE(size, 0);
    entry.writeUInt16BE(key, 4);
    entry.write(name, 8, 'latin1');
    return entry;
  });
  const head = Buffer.alloc(4);
  head.writeUInt32BE(count);
  return Buffer.concat([head, ...entries]);
}

const signature = [0, Buffer.from('QEMU')] as const;

describe.skipIf(missing('gcc') !== undefined)('fwcfg', async () => {
  let folder: string;
  let program: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'podbsd-fwcfg-'));
    program = join(folder, 'fwcfg');
    const names = ['main.c', 'fwcfg.c', 'with_socket.c', 'device_linux.c'];
    const sources = names.map((name) => join(packageRoot, 'ignition/native', name));
    await execa('gcc', ['-Wall', '-Wextra', '-Werror', '-O2', '-o', program, ...sources]);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function run(args: string[], items: Parameters<typeof recording>[0]) {
    const file = join(folder, 'device');
    await writeFile(file, recording(items));
    return await execa(program, args, {
      env: { FWCFG_RECORDING: file },
      reject: false,
      encoding: 'buffer',
      stripFinalNewline: false,
    });
  }

  const config = await readFile(join(import.meta.dirname, 'fwcfg.test.ts'));
  const name55 = `opt/${'x'.repeat(51)}`;
  const device = [
    signature,
    [
      0x19,
      directory([
        { key: 0x20, size: 3, name: 'etc/boot' },
        { key: 0x2a, size: config.length, name: 'opt/com.coreos/config' },
        { key: 0x2b, size: 0, name: 'opt/empty' },
        { key: 0x2c, size: 1, name: name55 },
      ]),
    ],
    [0x20, Buffer.from([1, 0, 255])],
    [0x2a, config],
    [0x2b, Buffer.alloc(0)],
    [0x2c, Buffer.from('y')],
  ] as const;

  it('is a part of one program, which takes the name as its first argument, too', async () => {
    const whole = join(folder, 'podbsd-native');
    await copyFile(program, whole);
    const file = join(folder, 'device');
    await writeFile(file, recording(device));
    const run = (...args: string[]) => execa(whole, args, { env: { FWCFG_RECORDING: file }, reject: false });
    expect((await run('fwcfg', 'list')).stdout).toContain('opt/com.coreos/config');
    expect(await run('with-socket')).toMatchObject({
      exitCode: 64,
      stderr: expect.stringContaining('usage') as string,
    });
    for (const args of [[], ['other'], ['list']])
      expect(await run(...args)).toMatchObject({ exitCode: 64, stdout: '' });
  });

  it('lists selector, size and name of every item', async () => {
    const { stdout, exitCode } = await run(['list'], device);
    expect(exitCode).toBe(0);
    expect(Buffer.from(stdout).toString()).toBe(
      `0x0020 3 etc/boot\n0x002a ${config.length} opt/com.coreos/config\n0x002b 0 opt/empty\n0x002c 1 ${name55}\n`,
    );
  });

  it('copies exactly the bytes of an item, NULs included', async () => {
    expect(Buffer.from((await run(['read', 'opt/com.coreos/config'], device)).stdout).equals(config)).toBe(
      true,
    );
    expect([...(await run(['read', 'etc/boot'], device)).stdout]).toEqual([1, 0, 255]);
    expect((await run(['read', 'opt/empty'], device)).stdout).toHaveLength(0);
  });

  it('copies several megabytes', async () => {
    const large = Buffer.alloc(5_000_001, 'podbsd ');
    const items = [
      signature,
      [0x19, directory([{ key: 0x20, size: large.length, name: 'big' }])],
      [0x20, large],
    ] as const;
    expect(Buffer.from((await run(['read', 'big'], items)).stdout).equals(large)).toBe(true);
  });

  it('tells its failures apart by exit code', async () => {
    expect((await run(['read', 'opt/com.coreos/conf'], device)).exitCode).toBe(66);
    expect((await run(['read', 'opt/com.coreos/config2'], device)).exitCode).toBe(66);
    expect((await run(['list'], [[0, Buffer.from('BHYV')]])).exitCode).toBe(69);
    expect((await run(['list'], [])).exitCode).toBe(69);
    expect((await run(['list'], [signature, [0x19, directory([], 0xffffffff)]])).exitCode).toBe(74);
    for (const args of [[], ['read'], ['list', 'x'], ['write', 'x'], ['read', 'a', 'b']]) {
      expect((await run(args, device)).exitCode).toBe(64);
    }
    const absent = await execa(program, ['list'], {
      env: { FWCFG_RECORDING: join(folder, 'none') },
      reject: false,
    });
    expect(absent.exitCode).toBe(69);
  });

  it('says so when its output cannot be written', async () => {
    await run(['list'], device);
    const full = await open('/dev/full', 'w');
    try {
      const { status } = spawnSync(program, ['read', 'opt/com.coreos/config'], {
        env: { FWCFG_RECORDING: join(folder, 'device') },
        stdio: ['ignore', full.fd, 'ignore'],
      });
      expect(status).toBe(74);
    } finally {
      await full.close();
    }
  });
});
