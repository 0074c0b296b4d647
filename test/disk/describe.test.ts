import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import * as openpgp from 'openpgp';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { billOfMaterials } from '../../src/disk/describe/bill-of-materials.ts';
import { parseChecksums, verifyChecksums } from '../../src/disk/describe/checksums.ts';
import { formatManifest, parseManifest, type Manifest } from '../../src/disk/describe/manifest.ts';
import { signFile } from '../../src/disk/describe/sign.ts';
import { sourceDate } from '../../src/disk/describe/source-date.ts';
import { missing } from '../support/programs.ts';
import { tempDir } from '../support/temp-dir.ts';

afterEach(() => vi.unstubAllEnvs());

describe('checksums', () => {
  it('tell whole, changed and missing files apart, from a list that sha256sum wrote', async () => {
    const dir = await tempDir();
    for (const name of ['whole', 'changed', 'gone', 'with space']) await writeFile(join(dir, name), name);
    const { stdout } = await execa('sha256sum', ['whole', 'changed', 'gone', 'with space'], { cwd: dir });
    await writeFile(join(dir, 'SHA256SUMS'), `${stdout}\n`);
    await writeFile(join(dir, 'changed'), 'Changed');
    await execa('rm', [join(dir, 'gone')]);
    expect(await verifyChecksums(dir)).toEqual([
      { name: 'whole', state: 'ok' },
      { name: 'changed', state: 'changed' },
      { name: 'gone', state: 'missing' },
      { name: 'with space', state: 'ok' },
    ]);
  });

  it('a list that points out of its folder, or is none, is refused', async () => {
    const hash = '0'.repeat(64);
    expect(() => parseChecksums(`${hash}  a\n${hash}  ../../etc/passwd\n`)).toThrow(
      'line 2 is not a checksum',
    );
    expect(() => parseChecksums('nonsense\n')).toThrow('line 1');
    await expect(verifyChecksums(await tempDir())).rejects.toMatchObject({ exitCode: 65 });
  });
});

describe('manifest', () => {
  const manifest: Manifest = {
    schema: 'podbsd-image/1',
    name: 'freebsd',
    architecture: 'arm64',
    podbsd: '0.1.0',
    patches: [],
    packages: [],
    disk: { size: 512, sha256: 'a'.repeat(64) },
    files: [],
  };

  it('is read back as it was written', () => {
    expect(parseManifest(formatManifest(manifest), 'x')).toEqual(manifest);
  });

  it('a damaged one is refused with file and key', () => {
    const text = formatManifest(manifest).replace('arm64', 'vax');
    expect(() => parseManifest(text, 'out/manifest.json')).toThrow(/out\/manifest\.json: [^]*architecture/);
    expect(() => parseManifest('{', 'out/manifest.json')).toThrow('out/manifest.json');
  });
});

describe('bill of materials', () => {
  const facts = {
    architecture: 'amd64',
    podbsdVersion: '0.1.0',
    freebsd: { version: '15.1-RELEASE', commit: 'c0ffee' },
    packages: [
      { name: 'podman', version: '5.8.2_1', origin: 'sysutils/podman' },
      { name: 'nginx', version: '1.30.4,3' },
    ],
  } as const;

  it('names base and packages with package URLs, in an order of its own', () => {
    const bom = JSON.parse(billOfMaterials('freebsd', 'ab', facts)) as {
      serialNumber: string;
      components: { name: string; purl?: string; cpe?: string }[];
    };
    expect(bom.components.map(({ purl, cpe }) => purl ?? cpe)).toEqual([
      'cpe:2.3:o:freebsd:freebsd:15.1:*:*:*:*:*:*:*',
      'pkg:freebsd/nginx@1.30.4%2C3',
      'pkg:freebsd/podman@5.8.2_1?origin=sysutils%2Fpodman',
    ]);
    expect(bom.serialNumber).toMatch(
      /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
  });

  it('depends on nothing but its inputs', () => {
    const turned = { ...facts, packages: [...facts.packages].reverse() };
    expect(billOfMaterials('freebsd', 'ab', turned)).toBe(billOfMaterials('freebsd', 'ab', facts));
    expect(billOfMaterials('freebsd', 'ac', facts)).not.toBe(billOfMaterials('freebsd', 'ab', facts));
  });
});

it('outputs carry a time only when SOURCE_DATE_EPOCH is set', () => {
  expect(sourceDate({})).toBeUndefined();
  expect(sourceDate({ SOURCE_DATE_EPOCH: '1700000000' })).toBe('2023-11-14T22:13:20Z');
  expect(sourceDate({ SOURCE_DATE_EPOCH: 'today' })).toBeUndefined();
});

describe('signatures', () => {
  async function fileToSign(): Promise<{ dir: string; file: string }> {
    const dir = await tempDir();
    await mkdir(join(dir, 'out'));
    const file = join(dir, 'out', 'SHA256SUMS');
    await writeFile(file, 'sums\n');
    return { dir, file };
  }

  it.skipIf(missing('minisign') !== undefined)('by minisign are accepted by minisign', async () => {
    const { dir, file } = await fileToSign();
    const [secret, open] = [join(dir, 'key'), join(dir, 'key.pub')];
    await execa('minisign', ['-G', '-W', '-s', secret, '-p', open]);
    expect(await signFile({ file, key: secret, comment: 'SHA256SUMS of x' })).toBe('.minisig');
    const { stdout } = await execa('minisign', ['-V', '-p', open, '-m', file]);
    expect(stdout).toContain('Trusted comment: SHA256SUMS of x');
    await writeFile(file, 'other\n');
    await expect(execa('minisign', ['-V', '-p', open, '-m', file])).rejects.toThrow();
  });

  it.skipIf(missing('gpg') !== undefined)(
    'by OpenPGP are accepted by GnuPG, also with a passphrase',
    async () => {
      const { dir, file } = await fileToSign();
      const { privateKey, publicKey } = await openpgp.generateKey({
        userIDs: [{ name: 'Test' }],
        passphrase: 'correct horse',
      });
      const key = join(dir, 'key.asc');
      await writeFile(key, privateKey);
      await writeFile(join(dir, 'pub.asc'), publicKey);
      await expect(signFile({ file, key, comment: '' })).rejects.toThrow('the key has a passphrase');
      const wrong = signFile({ file, key, comment: '', passphrase: 'wrong' });
      await expect(wrong).rejects.toMatchObject({ exitCode: 11 });
      expect(await signFile({ file, key, comment: '', passphrase: 'correct horse' })).toBe('.asc');
      const gpg = (...args: string[]) => execa('gpg', ['--homedir', dir, '--batch', ...args]);
      await gpg('--import', join(dir, 'pub.asc'));
      const { stderr } = await gpg('--verify', `${file}.asc`, file);
      expect(stderr).toContain('Good signature');
    },
  );

  it('a file that is no key is refused', async () => {
    const { file } = await fileToSign();
    await expect(signFile({ file, key: file, comment: '' })).rejects.toThrow(`with ${file}`);
    expect(await readFile(file, 'utf8')).toBe('sums\n');
  });
});
