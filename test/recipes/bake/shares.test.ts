import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it, onTestFinished } from 'vitest';
import { sharesStage } from '../../../src/recipes/bake/shares.ts';
import { readTree, writeP9fsSource } from '../../support/p9fs-source.ts';
import { missing } from '../../support/programs.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { FAILS, fakeInside, type Answer } from './fake-inside.ts';

const KERNEL = 'amd64 FreeBSD 15.1-RELEASE releng/15.1-n283562-96841ea08dcf GENERIC 1501000';
/** A place that has no source. */
const nowhere = '[bake]\nurl = "http://127.0.0.1:9/{folder}/"\n';

/** A base that says what its kernel is. */
const kernel: Answer = ([program]) => (program === '/usr/bin/uname' ? KERNEL : undefined);

/** A server of distribution sets, in the folder of a release for amd64. */
async function site(files: Readonly<Record<string, Buffer | string>>) {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(request.url ?? '');
    const file = files[(request.url ?? '').replace('/releases/amd64/15.1-RELEASE/', '')];
    response.statusCode = file === undefined ? 404 : 200;
    response.end(file);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/{folder}/VM-IMAGES/`;
  return { config: `[bake]\nurl = "${url}"\n`, requests };
}

/** FreeBSD's `src.txz` of the made-up source, with files that a module does not need, and its line of MANIFEST. */
async function sourceSet() {
  const folder = await tempDir();
  const source = join(folder, 'usr/src');
  await writeP9fsSource(source);
  for (const path of ['bin/ls/ls.c', 'sys/dev/em/if_em.c', 'sys/contrib/zstd/zstd.h']) {
    await mkdir(join(source, path, '..'), { recursive: true });
    await writeFile(join(source, path), 'not needed\n');
  }
  await execa('tar', ['-C', folder, '-cJf', join(folder, 'src.txz'), './usr/src']);
  const set = await readFile(join(folder, 'src.txz'));
  const sum = createHash('sha256').update(set).digest('hex');
  const manifest = `base.txz\t${'0'.repeat(64)}\t1\tbase\t"Base system"\ton\nsrc.txz\t${sum}\t12\tsrc\t"Source"\toff\n`;
  return { set, manifest };
}

describe('shares of a baked image', () => {
  it('are left as they are when the kernel’s source cannot be had, and a notice says so', async () => {
    const { work, said } = await fakeInside(nowhere, () => '', sharesStage);
    await work();
    expect(said.join('\n')).toMatch(
      /8 KiB: the base has no kernel source, its repositories have no package FreeBSD-src-sys, and that of FreeBSD 15\.1-RELEASE cannot be had: /,
    );
  });

  it('get large messages from a source that is there for the moment only', async () => {
    let inTheMoment = false;
    const { work, commands, said } = await fakeInside(
      '[shares]\nmessage_size = 32',
      ([program, verb]) => {
        if (verb === 'install') inTheMoment = true;
        if (program === '/usr/sbin/pkg' && verb === 'rquery') return 'base/src FreeBSD-src-sys 15.1';
        return verb === 'query' && inTheMoment ? 'a/b c 1\nbase/src FreeBSD-src-sys 15.1' : 'a/b c 1';
      },
      sharesStage,
    );
    await work();
    expect(commands).toContain('/usr/sbin/pkg install -y FreeBSD-src-sys');
    expect(commands).toContain(
      '/bin/sh /var/tmp/podbsd-p9fs/build-p9fs 32 /usr/src /var/tmp/podbsd-p9fs/files',
    );
    expect(commands).toContain('/sbin/kldload -n /boot/modules/p9fs.ko /boot/modules/virtio_p9fs.ko');
    expect(commands).toContain('/usr/sbin/pkg delete -y -f FreeBSD-src-sys');
    expect(said.join('\n')).not.toContain('8 KiB');
  });

  it('stay as they are when the kernel refuses what was built from a later source', async () => {
    const { work, said, removed } = await fakeInside(
      '',
      ([program, verb]) => {
        if (program === '/sbin/kldload') return FAILS;
        return verb === 'rquery' ? 'base/src FreeBSD-src-sys 15.1p3' : '';
      },
      sharesStage,
    );
    await work();
    expect(said.join('\n')).toMatch(/8 KiB: they could not be built or loaded/);
    expect(removed).toContain('/boot/modules/p9fs.ko');
    expect(removed).toContain('/boot/loader.conf.d/podbsd-p9fs.conf');
  });

  it('are left alone when the configuration says so', async () => {
    const { work, commands } = await fakeInside('[shares]\nmessage_size = "stock"', () => '', sharesStage);
    await work();
    expect(commands).toEqual(['/sbin/zpool sync']);
  });
});

describe.skipIf(missing('tar', 'xz') !== undefined)('the source of the base’s own release', () => {
  it('is fetched, verified and cut down to what a module needs', async () => {
    const { set, manifest } = await sourceSet();
    const { config, requests } = await site({ MANIFEST: manifest, 'src.txz': set });
    const cache = await tempDir();
    const { work, commands, said, inputs, removed } = await fakeInside(
      config,
      kernel,
      sharesStage,
      {},
      cache,
    );
    await work();
    expect(said.join('\n')).toMatch(
      /downloading \S+\/releases\/amd64\/15\.1-RELEASE\/src\.txz, SHA-256 as \S+\/MANIFEST/,
    );
    expect(said.join('\n')).not.toContain('8 KiB');
    const build =
      '/bin/sh /var/tmp/podbsd-p9fs/build-p9fs 64 /var/tmp/podbsd-source /var/tmp/podbsd-p9fs/files';
    expect(commands.indexOf('/usr/bin/tar -xzf - -C /var/tmp/podbsd-source')).toBeLessThan(
      commands.indexOf(build),
    );
    expect(removed).toContain('/var/tmp/podbsd-source');
    const unpacked = await tempDir();
    await execa('tar', ['-xzf', '-', '-C', unpacked], { input: inputs[0] ?? Buffer.alloc(0) });
    const found = await readTree(unpacked);
    const whole = await tempDir();
    await writeP9fsSource(whole);
    // All of the made-up source but sys/Makefile, and nothing of what was put around it.
    const { 'sys/Makefile': left, ...rest } = await readTree(whole);
    expect(left).toBeDefined();
    expect(found).toEqual(rest);

    // Another edit is built from the same source without asking for more than the checksum.
    const asked = requests.length;
    const again = await fakeInside(`${config}[shares]\nmessage_size = 32`, kernel, sharesStage, {}, cache);
    await again.work();
    expect(requests.slice(asked)).toEqual(['/releases/amd64/15.1-RELEASE/MANIFEST']);
    expect(again.said.join('\n')).not.toContain('8 KiB');
  });

  it('is not used when it is another one than was published', async () => {
    const { set, manifest } = await sourceSet();
    const { config } = await site({ MANIFEST: manifest, 'src.txz': Buffer.concat([set, Buffer.from('x')]) });
    const cache = await tempDir();
    const { work, commands, said } = await fakeInside(config, kernel, sharesStage, {}, cache);
    await work();
    expect(said.join('\n')).toMatch(
      /8 KiB: .* cannot be had: the SHA-256 checksum is [0-9a-f]{64}, expected/,
    );
    expect(commands.some((command) => command.includes('build-p9fs'))).toBe(false);
    expect(await readdir(join(cache, 'modules'))).toEqual([]);
  });

  it.each([
    ['has no line for it', 'base.txz\tx\n'],
    ['has no checksum in it', 'src.txz\t-\t12\n'],
  ])('is not asked for when MANIFEST %s', async (_what, manifest) => {
    const { config, requests } = await site({ MANIFEST: manifest });
    const { work, said } = await fakeInside(config, kernel, sharesStage);
    await work();
    expect(said.join('\n')).toMatch(/8 KiB: .*MANIFEST has no SHA-256 of src\.txz/);
    expect(requests).toHaveLength(1);
  });
});

describe('modules of an earlier bake', () => {
  const withPackage: Answer = (argv) =>
    argv[1] === 'rquery' ? 'base/src FreeBSD-src-sys 15.1' : kernel(argv);
  const bake = async (cache: string, answer: Answer, config = nowhere) => {
    const { work, ...seen } = await fakeInside(config, answer, sharesStage, {}, cache);
    await work();
    return { ...seen, built: seen.commands.some((command) => command.includes('build-p9fs')) };
  };

  it('are put in place without a source, for the same kernel and the same edit', async () => {
    const cache = await tempDir();
    expect((await bake(cache, withPackage)).built).toBe(true);
    const second = await bake(cache, kernel);
    expect(second.built).toBe(false);
    expect(second.said).toEqual(['p9fs was built by an earlier bake of this base']);
    expect(second.commands).toContain('/sbin/kldload -n /boot/modules/p9fs.ko /boot/modules/virtio_p9fs.ko');
    const put = await tempDir();
    await execa('tar', ['-xf', '-', '-C', put], { input: second.inputs[0] ?? Buffer.alloc(0) });
    expect(await readTree(put)).toEqual({
      'boot/modules/p9fs.ko': 'what /boot/modules/p9fs.ko holds',
      'boot/modules/virtio_p9fs.ko': 'what /boot/modules/virtio_p9fs.ko holds',
    });
  });

  it('are not those of another kernel or another size', async () => {
    const cache = await tempDir();
    await bake(cache, withPackage);
    const patched: Answer = (argv) =>
      argv[0] === '/usr/bin/uname' ? KERNEL.replace('1501000', '1501001') : '';
    expect((await bake(cache, patched)).said.join('\n')).toContain('8 KiB');
    expect((await bake(cache, kernel, `${nowhere}[shares]\nmessage_size = 32`)).said.join('\n')).toContain(
      '8 KiB',
    );
  });

  it('are forgotten when the kernel refuses them, and built anew', async () => {
    const cache = await tempDir();
    await bake(cache, withPackage);
    let loads = 0;
    const refusing: Answer = (argv) =>
      argv[0] === '/sbin/kldload' && loads++ === 0 ? FAILS : withPackage(argv);
    const second = await bake(cache, refusing);
    expect(second.built).toBe(true);
    expect(second.removed).toContain('/boot/modules/virtio_p9fs.ko');
    expect(second.said.join('\n')).not.toContain('8 KiB');
  });

  it('are not kept of a build that was interrupted between them', async () => {
    const cache = await tempDir();
    await bake(cache, withPackage);
    const [folder = ''] = await readdir(join(cache, 'modules'));
    await execa('rm', [join(cache, 'modules', folder, 'complete')]);
    expect((await bake(cache, kernel)).said.join('\n')).toContain('8 KiB');
  });
});
