import { createHash } from 'node:crypto';
import { utimesSync } from 'node:fs';
import { mkdir, readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { generateKey } from 'openpgp';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { verifyChecksums } from '../../src/disk/describe/checksums.ts';
import { exportDisk, type ExportOptions } from '../../src/disk/export.ts';
import { exportFormats } from '../../src/disk/export/formats.ts';
import { missing } from '../support/programs.ts';
import { tempDir } from '../support/temp-dir.ts';
import { formats, packers } from './formats.ts';
import { MiB, SAMPLE_SIZE, mbrSector, noise, writeSampleDisk, writeSparse } from './sample-disk.ts';

const lacking = missing('sgdisk', 'qemu-img', 'zstd');

const facts: ExportOptions['facts'] = {
  architecture: 'amd64',
  podbsdVersion: '0.1.0',
  freebsd: { version: '15.1-RELEASE', commit: 'a'.repeat(40) },
  patches: [{ name: 'p9fs.patch', sha256: 'b'.repeat(64) }],
  packages: [
    { name: 'podman', version: '5.8.2_1', origin: 'sysutils/podman' },
    { name: 'nginx', version: '1.30.4,3' },
  ],
};

function optionsFor(folder: string, changes: Partial<ExportOptions> = {}): ExportOptions {
  return {
    raw: join(folder, 'disk.img'),
    outDir: join(folder, 'out'),
    baseName: 'freebsd-15.1-amd64',
    formats: exportFormats,
    facts,
    ...changes,
  };
}

/** Puts a zstd in front of the real one, which it knows as $real. It works until it is asked for more than its version. */
async function fakeZstd(folder: string, script: string): Promise<void> {
  const { stdout: real } = await execa('which', ['zstd']);
  const bin = join(folder, 'bin');
  await mkdir(bin);
  const text = `#!/bin/sh\nreal=${real}\n[ "$1" = --version ] && exec "$real" "$@"\n${script}\n`;
  await writeFile(join(bin, 'zstd'), text, { mode: 0o755 });
  vi.stubEnv('PATH', `${bin}:${process.env['PATH'] ?? ''}`);
  onTestFinished(() => void vi.unstubAllEnvs());
}

async function sha256Of(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
}

describe.skipIf(lacking !== undefined)(`exportDisk ${lacking ?? ''}`, () => {
  it('writes every format; qemu-img, zstd, sgdisk and sha256sum agree about all of them', async () => {
    const folder = await tempDir();
    const options = optionsFor(folder, { requireBootable: true });
    await writeSampleDisk(options.raw);
    const source = await sha256Of(options.raw);

    const result = await exportDisk(options);

    expect(await sha256Of(options.raw), 'the source is only read').toBe(source);
    expect(result.diskSize).toBe(46 * MiB);
    expect(result.notices).toEqual([]);
    expect(result.boot.every((finding) => finding.ok)).toBe(true);
    const out = (suffix: string): string => join(options.outDir, `${options.baseName}.${suffix}`);
    expect((await readdir(options.outDir)).sort()).toEqual([...result.written].sort());

    // The raw file differs from the source in the partition table and the padding only, and is as sparse.
    expect(await sha256Of(out('raw'))).toBe(result.diskSha256);
    const [raw, img] = await Promise.all([readFile(out('raw')), readFile(options.raw)]);
    const data = [34 * 512, SAMPLE_SIZE - 33 * 512] as const;
    expect(raw.subarray(...data).equals(img.subarray(...data))).toBe(true);
    expect((await stat(out('raw'))).blocks * 512).toBeLessThan(6 * MiB);
    const { stdout: verified } = await execa('/usr/sbin/sgdisk', ['-v', out('raw')]);
    expect(verified).toContain('No problems found');

    await execa('qemu-img', ['check', '-f', 'qcow2', out('qcow2')]);
    for (const format of ['qcow2', 'vhdx']) {
      const back = join(folder, `${format}.raw`);
      await execa('qemu-img', ['convert', '-f', format, '-O', 'raw', out(format), back]);
      expect(await sha256Of(back), format).toBe(result.diskSha256);
    }
    for (const format of ['qcow2', 'raw']) {
      const back = join(folder, `${format}.unpacked`);
      await execa('zstd', ['-q', '-d', out(`${format}.zst`), '-o', back]);
      expect(await sha256Of(back), format).toBe(await sha256Of(out(format)));
    }
    await execa('sha256sum', ['-c', '--strict', 'SHA256SUMS'], { cwd: options.outDir });
    expect((await verifyChecksums(options.outDir)).map(({ state }) => state)).toEqual(Array(7).fill('ok'));
  });

  it('the same inputs give the same bytes, whatever else is asked for', async () => {
    const folder = await tempDir();
    const first = optionsFor(folder, { formats: ['qcow2'], compress: true });
    const second = { ...first, outDir: join(folder, 'again') };
    await writeSampleDisk(first.raw);
    const result = await exportDisk(first);
    await exportDisk(second);
    expect(result.files.map(({ format }) => format)).toEqual(['qcow2', 'qcow2.zst']);
    for (const name of result.written)
      expect(await sha256Of(join(second.outDir, name)), name).toBe(await sha256Of(join(first.outDir, name)));
  });

  it.each(['vmdk', 'qcow2, zstd', "vhd as FreeBSD's mkimg makes it"])(
    'an image in another format gives what the raw one gives: %s',
    async (name) => {
      const folder = await tempDir();
      const options = optionsFor(folder, { formats: ['raw'] });
      await writeSampleDisk(options.raw);
      const { diskSha256 } = await exportDisk(options);
      const image = await formats[name]?.(options.raw, folder);
      const packed = (await packers['zstd']?.(image ?? '')) ?? '';
      const again = await exportDisk({ ...options, raw: packed, outDir: join(folder, 'again') });
      expect(again.diskSha256).toBe(diskSha256);
      expect((await readdir(again.outDir)).sort()).toEqual([...again.written].sort());
    },
  );

  it('its own source is never replaced', async () => {
    const folder = await tempDir();
    const outDir = join(folder, 'out');
    await mkdir(outDir);
    const raw = join(outDir, 'freebsd-15.1-amd64.raw');
    await writeSampleDisk(raw);
    const before = await sha256Of(raw);
    const exporting = exportDisk(optionsFor(folder, { raw, outDir, formats: ['raw'] }));
    await expect(exporting).rejects.toMatchObject({ exitCode: 2 });
    expect(await readdir(outDir)).toEqual(['freebsd-15.1-amd64.raw']);
    expect(await sha256Of(raw)).toBe(before);
  });

  it('a packed qcow2 alone needs no plain one in the result', async () => {
    const folder = await tempDir();
    const options = optionsFor(folder, { formats: ['qcow2.zst'] });
    await writeSampleDisk(options.raw);
    const { written } = await exportDisk(options);
    expect((await readdir(options.outDir)).sort()).toEqual([...written].sort());
    expect(written).not.toContain(`${options.baseName}.qcow2`);
  });

  it('a disk without GPT is exported as it is, with a notice, or refused when it must boot', async () => {
    const folder = await tempDir();
    const options = optionsFor(folder, { formats: ['qcow2'] });
    await writeSparse(options.raw, 3 * MiB + 7, [
      [0, mbrSector()],
      [MiB, noise(100_000, 'x')],
    ]);
    const { notices, diskSize } = await exportDisk(options);
    expect(diskSize).toBe(4 * MiB);
    expect(notices).toEqual(['the disk has no GUID partition table; it is exported as it is']);
    await expect(exportDisk({ ...options, requireBootable: true })).rejects.toThrow('freebsd-boot: missing');
  });

  it('what an earlier export leaves: no signature that does not fit, and a word about other files', async () => {
    const folder = await tempDir();
    const { privateKey } = await generateKey({ userIDs: [{ name: 'Test' }] });
    const signingKey = join(folder, 'key.asc');
    await writeFile(signingKey, privateKey);
    const options = optionsFor(folder, { formats: ['raw'] });
    await writeSparse(options.raw, MiB, [[0, mbrSector()]]);
    const signed = await exportDisk({ ...options, signingKey });
    expect(signed.written).toContain('SHA256SUMS.asc');

    const { notices, written } = await exportDisk({ ...options, formats: ['qcow2'] });
    const raw = `${options.baseName}.raw`;
    expect(notices).toContainEqual(
      `${join(options.outDir, raw)} is of an earlier export; the new SHA256SUMS does not name it`,
    );
    expect((await readdir(options.outDir)).sort()).toEqual([...written, raw].sort());
  });

  it('a key that cannot sign is refused before the image is read', async () => {
    const folder = await tempDir();
    const options = optionsFor(folder, { formats: ['raw'], signingKey: join(folder, 'absent') });
    await writeSparse(options.raw, MiB, [[0, mbrSector()]]);
    const steps: string[] = [];
    const failing = exportDisk({ ...options, onProgress: ({ step }) => steps.push(step) });
    await expect(failing).rejects.toThrow(/the signing key .*absent: there is no such file/);
    expect(steps).toEqual([]);
    expect(await readdir(folder)).toEqual(['disk.img']);
  });

  it('an abort and a failing program leave the earlier export as it was', async () => {
    const folder = await tempDir();
    const options = optionsFor(folder, { formats: ['qcow2', 'raw.zst'] });
    await writeSampleDisk(options.raw);
    const { written } = await exportDisk(options);
    const sums = await readFile(join(options.outDir, 'SHA256SUMS'));
    const stands = async (): Promise<void> => {
      expect((await readdir(options.outDir)).sort()).toEqual([...written].sort());
      expect(await readFile(join(options.outDir, 'SHA256SUMS'))).toEqual(sums);
    };

    for (const step of ['write', 'verify']) {
      const interruption = new AbortController();
      const aborted = exportDisk({
        ...options,
        signal: interruption.signal,
        onProgress: (progress) => {
          if (progress.step === step) interruption.abort(new Error(`stopped in ${step}`));
        },
      });
      await expect(aborted).rejects.toThrow(`stopped in ${step}`);
      await stands();
    }

    await fakeZstd(folder, 'exit 7');
    await expect(exportDisk(options)).rejects.toMatchObject({ exitCode: 10 });
    await stands();
  });

  it('a source that changes meanwhile is noticed', async () => {
    const folder = await tempDir();
    const options = optionsFor(folder, { formats: ['raw'] });
    await writeSparse(options.raw, 8 * MiB, [[0, mbrSector()]]);
    const changing = exportDisk({ ...options, onProgress: () => utimesSync(options.raw, 1, 1) });
    await expect(changing).rejects.toThrow('changed while it was being read');
    expect(await readdir(options.outDir)).toEqual([]);
  });

  it('a file that does not hold the disk is not handed out', async () => {
    const folder = await tempDir();
    const options = optionsFor(folder, { formats: ['raw.zst'] });
    await writeSparse(options.raw, 8 * MiB, [
      [0, noise(8 * MiB, 'all')],
      [0, mbrSector()],
    ]);
    // Compresses the beginning and loses the rest without a word.
    await fakeZstd(
      folder,
      'case $* in *-d*) exec "$real" "$@" ;; esac; head -c 5000000 | "$real" -q -c; cat >/dev/null',
    );
    await expect(exportDisk(options)).rejects.toMatchObject({ exitCode: 15 });
    expect(await readdir(options.outDir)).toEqual([]);
  });

  it('refuses what is no raw disk, a foreign folder and a bad name, before writing anything', async () => {
    const folder = await tempDir();
    const options = optionsFor(folder, { formats: ['raw'] });
    await expect(exportDisk(options)).rejects.toThrow('there is no such file');
    await writeFile(options.raw, '');
    await expect(exportDisk(options)).rejects.toThrow('empty');
    await writeFile(options.raw, 'not a disk\n');
    await expect(exportDisk(options)).rejects.toThrow('it is not a disk image: it is a text file');
    await expect(exportDisk({ ...options, baseName: '../x' })).rejects.toThrow('cannot be the name');
    await expect(exportDisk({ ...options, raw: '/dev/null' })).rejects.toThrow('it is a device');
    await writeSparse(options.raw, MiB, [[0, mbrSector()]]);
    await expect(exportDisk({ ...options, outDir: options.raw })).rejects.toMatchObject({ exitCode: 11 });
    await exportDisk(options);
    await expect(exportDisk({ ...options, baseName: 'other' })).rejects.toThrow('export of another image');
  });

  it.skipIf(process.getuid?.() !== 0)('a full disk leaves the earlier export as it was', async () => {
    const folder = await tempDir();
    const options = optionsFor(folder, { formats: ['qcow2', 'qcow2.zst'] });
    await writeSparse(options.raw, 8 * MiB, [
      [0, mbrSector()],
      [MiB, noise(MiB, 'small')],
    ]);
    await execa('mkdir', [options.outDir]);
    await execa('mount', ['-t', 'tmpfs', '-o', 'size=6m', 'podbsd-test', options.outDir]);
    try {
      const { written } = await exportDisk({ ...options, formats: ['qcow2'] });
      const sums = await readFile(join(options.outDir, 'SHA256SUMS'));
      await writeSparse(options.raw, 32 * MiB, [
        [0, mbrSector()],
        [MiB, noise(12 * MiB, 'large')],
      ]);
      await expect(exportDisk(options)).rejects.toMatchObject({ exitCode: 13 });
      expect((await readdir(options.outDir)).sort()).toEqual([...written].sort());
      expect(await readFile(join(options.outDir, 'SHA256SUMS'))).toEqual(sums);
    } finally {
      await execa('umount', [options.outDir]);
    }
  });
});
