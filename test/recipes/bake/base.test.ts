import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it, onTestFinished } from 'vitest';
import { baseStage } from '../../../src/recipes/bake/base.ts';
import type { BakeEnv } from '../../../src/recipes/bake/env.ts';
import { baseSchema } from '../../../src/recipes/bake/layers.ts';
import { bakePaths } from '../../../src/recipes/bake/paths.ts';
import { parseConfig } from '../../../src/config/load.ts';
import { ExitCode, PodbsdError } from '../../../src/ground/errors.ts';
import { LocalHost } from '../../../src/host/local.ts';
import type { StageRun } from '../../../src/pipeline/stage.ts';
import { mbrSector } from '../../disk/sample-disk.ts';
import { missing } from '../../support/programs.ts';
import { tempDir } from '../../support/temp-dir.ts';

const NAME = 'FreeBSD-15.1-RELEASE-amd64-BASIC-CLOUDINIT-zfs.raw.xz';

/** Serves files from memory; what was asked for is in `requests`. */
async function serve(files: Readonly<Record<string, Buffer | string>>) {
  const requests: string[] = [];
  const server: Server = createServer((request, response) => {
    const path = request.url ?? '';
    requests.push(path);
    const file = files[path];
    response.statusCode = file === undefined ? 404 : 200;
    response.end(file);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}

async function setUp(url: string, more = '') {
  const folder = await tempDir();
  const host = new LocalHost();
  const said: string[] = [];
  const env = {
    config: parseConfig(
      `[bake]\nsize = "1g"\nurl = "${url}/FreeBSD-{release}-{target}-BASIC-CLOUDINIT-{filesystem}.raw.xz"\n${more}`,
      'podbsd.toml',
    ),
    configFolder: folder,
    host,
    here: host,
    paths: { ...bakePaths(folder), cache: join(folder, 'cache') },
    baseImage: undefined,
    retries: 0,
  } as Partial<BakeEnv> as BakeEnv;
  const run = {
    say: (text) => void said.push(text),
    progress: () => undefined,
    signal: new AbortController().signal,
    exec: (argv, options) => host.run(argv, options),
  } as Partial<StageRun> as StageRun;
  const make = async () => {
    const stage = baseStage(env);
    const outputs = await stage.run(run);
    return baseSchema.parse({ ...outputs, ...(await stage.check?.(run, outputs)) });
  };
  return { env, said, make, run };
}

/** A small disk whose MBR has a partition of FreeBSD. */
function freebsdDisk(): Buffer {
  const disk = Buffer.alloc(1024 * 1024);
  disk[446 + 4] = 0xa5;
  disk.writeUInt32LE(63, 446 + 8);
  disk.writeUInt32LE(1024, 446 + 12);
  disk.writeUInt16LE(0xaa55, 510);
  return disk;
}

async function packedDisk(): Promise<{ disk: Buffer; packed: Buffer; sha256: string }> {
  const disk = freebsdDisk();
  const { stdout } = await execa('xz', ['--stdout'], { input: disk, encoding: 'buffer' });
  const packed = Buffer.from(stdout);
  return { disk, packed, sha256: createHash('sha256').update(packed).digest('hex') };
}

describe.skipIf(missing('xz', 'qemu-img') !== undefined)('the base image', () => {
  it('is downloaded, checked against the published list and unpacked, once', async () => {
    const { disk, packed, sha256 } = await packedDisk();
    const server = await serve({
      [`/${NAME}`]: packed,
      '/CHECKSUM.SHA256': `SHA256 (${NAME}) = ${sha256}\n`,
    });
    const { make, said, env } = await setUp(server.url);
    const outputs = await make();
    expect(outputs).toMatchObject({ format: 'raw', size: 2 ** 30 });
    expect(disk.equals(await readFile(outputs.path))).toBe(true);
    expect(said.join('\n')).toContain('only as trustworthy as a connection without encryption');
    expect(server.requests).toEqual(['/CHECKSUM.SHA256', `/${NAME}`]);

    await make();
    expect(server.requests).toHaveLength(2);
    expect(await baseStage(env).stands(outputs)).toBe(true);
  });

  it('is checked against the configured checksum without asking the server for one', async () => {
    const { packed, sha256 } = await packedDisk();
    const server = await serve({ [`/${NAME}`]: packed });
    const { make } = await setUp(server.url, `[bake.sha256]\n"${NAME}" = "${sha256}"`);
    await make();
    expect(server.requests).toEqual([`/${NAME}`]);
  });

  it('that is not the expected one is thrown away', async () => {
    const { packed } = await packedDisk();
    const server = await serve({ [`/${NAME}`]: packed });
    const { make, env } = await setUp(server.url, `[bake.sha256]\n"${NAME}" = "${'0'.repeat(64)}"`);
    await expect(make()).rejects.toMatchObject({ exitCode: ExitCode.untrusted });
    expect(existsSync(join(env.paths.cache, NAME))).toBe(false);
  });

  it('in the cache has to match a checksum that is configured later', async () => {
    const { packed, sha256 } = await packedDisk();
    const server = await serve({ [`/${NAME}`]: packed });
    const { make, env } = await setUp(server.url, `[bake.sha256]\n"${NAME}" = "${sha256}"`);
    await new LocalHost().writeFile(join(env.paths.cache, NAME), 'something else');
    await make();
    expect(packed.equals(await readFile(join(env.paths.cache, NAME)))).toBe(true);
  });

  it('that cannot be reached: says what, how to do without, and how to go on', async () => {
    const { make } = await setUp('https://127.0.0.1:1', `[bake.sha256]\n"${NAME}" = "${'0'.repeat(64)}"`);
    const error: unknown = await make().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(PodbsdError);
    const { exitCode, problem, remedy } = error as PodbsdError;
    expect(exitCode).toBe(ExitCode.network);
    expect(problem).toContain('127.0.0.1 cannot be reached');
    expect(problem).toContain(`https://127.0.0.1:1/${NAME}`);
    expect(remedy).toContain('--base-image FILE');
    expect(remedy).toContain('run the same command again');
  });

  it('of the user is taken as it is, and is told by its content', async () => {
    const { env, run } = await setUp('https://127.0.0.1:1');
    const file = join(env.configFolder, 'own.xz');
    await writeFile(file, freebsdDisk());
    const stage = baseStage({ ...env, baseImage: file });
    const outputs = await stage.run(run);
    expect(outputs).toEqual({ path: file, from: 'own.xz' });
    expect(await stage.check?.(run, outputs)).toMatchObject({ format: 'raw' });
  });

  it('that the server does not have is not called a matter of the network', async () => {
    const { url } = await serve({});
    const { make } = await setUp(url, `[bake.sha256]\n"${NAME}" = "${'0'.repeat(64)}"`);
    await expect(make()).rejects.toMatchObject({
      exitCode: ExitCode.network,
      problem: expect.stringContaining('127.0.0.1 does not have it: the server answered 404') as string,
      remedy: expect.stringContaining('correct [build] release') as string,
    });
  });

  it('that is cut off is an error of the data with a remedy; one with its disk in another file is made whole', async () => {
    const { env, run } = await setUp('https://127.0.0.1:1');
    const { packed } = await packedDisk();
    const cut = join(env.configFolder, 'cut.xz');
    await writeFile(cut, packed.subarray(0, packed.length - 40));
    const unpacking = baseStage({ ...env, baseImage: cut }).run(run);
    await expect(unpacking).rejects.toMatchObject({
      exitCode: ExitCode.data,
      remedy: expect.stringContaining('get it again') as string,
    });

    const file = join(env.configFolder, 'own.raw');
    await writeFile(file, freebsdDisk());
    const overlay = join(env.configFolder, 'overlay.qcow2');
    await execa('qemu-img', ['create', '-q', '-f', 'qcow2', '-b', file, '-F', 'raw', overlay]);
    const stage = baseStage({
      ...env,
      baseImage: overlay,
      paths: { ...env.paths, directory: env.configFolder },
    });
    const outputs = await stage.run(run);
    expect(outputs.path).not.toBe(overlay);
    expect(await stage.check?.(run, outputs)).toMatchObject({ format: 'qcow2' });
  });

  it.each(['vmdk', 'vpc', 'vhdx', 'vdi'])(
    'of the user may be %s, of which a plain one is made',
    async (format) => {
      const { env, run } = await setUp('https://127.0.0.1:1');
      const [raw, file] = [join(env.configFolder, 'own.raw'), join(env.configFolder, 'own')];
      await writeFile(raw, freebsdDisk());
      await execa('qemu-img', ['convert', '-f', 'raw', '-O', format, raw, file]);
      const stage = baseStage({
        ...env,
        baseImage: file,
        paths: { ...env.paths, directory: env.configFolder },
      });
      const outputs = await stage.run(run);
      expect(await stage.check?.(run, outputs)).toMatchObject({ format: 'qcow2' });
    },
  );

  it('that is no disk of FreeBSD is refused before it is booted', async () => {
    const { env, run } = await setUp('https://127.0.0.1:1');
    const file = join(env.configFolder, 'debian.raw');
    await writeFile(file, mbrSector(0x83));
    const stage = baseStage({ ...env, baseImage: file });
    const outputs = await stage.run(run);
    await expect(stage.check?.(run, outputs)).rejects.toMatchObject({
      exitCode: ExitCode.data,
      problem: 'its partition table has no partition of FreeBSD',
    });
    await writeFile(file, 'not a disk\n');
    await expect(stage.run(run)).rejects.toThrow('it is a text file');
  });
});
