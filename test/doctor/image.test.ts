import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import * as openpgp from 'openpgp';
import { describe, expect, it } from 'vitest';
import { signFile } from '../../src/disk/describe/sign.ts';
import { examine, type Finding, type State } from '../../src/doctor/check.ts';
import { imageChecks, type ImageOptions } from '../../src/doctor/image.ts';
import { MiB, noise, writeSampleDisk, writeSparse } from '../disk/sample-disk.ts';
import { missing } from '../support/programs.ts';
import { tempDir } from '../support/temp-dir.ts';

async function findings(path: string, more: Partial<ImageOptions> = {}): Promise<Finding[]> {
  const checks = await imageChecks({ path, architecture: 'amd64', ...more });
  return await examine(checks, () => undefined);
}

async function states(path: string, more: Partial<ImageOptions> = {}): Promise<Record<string, State>> {
  const found = await findings(path, more);
  return Object.fromEntries(found.map(({ id, state }) => [id.replace('image.', ''), state]));
}

describe.skipIf(missing('sgdisk') !== undefined)('an image', () => {
  it('of FreeBSD with sums beside it is well; changed it is not', async () => {
    const folder = await tempDir();
    const image = join(folder, 'disk.raw');
    await writeSampleDisk(image);
    expect(await states(image)).toEqual({
      checksums: 'skipped',
      signature: 'skipped',
      system: 'ok',
      boot: 'ok',
    });
    const { stdout } = await execa('sha256sum', ['disk.raw'], { cwd: folder });
    await writeFile(join(folder, 'SHA256SUMS'), `${stdout}\n`);
    expect(await states(image)).toMatchObject({ checksums: 'ok' });
    expect(await states(folder)).toMatchObject({ checksums: 'ok' });
    await writeFile(image, noise(512, 'x'), { flag: 'r+' });
    expect(await states(image)).toMatchObject({ checksums: 'problem', boot: 'problem' });
    expect(await states(folder)).toMatchObject({ checksums: 'problem' });
  });

  it('of another system, or packed, is called what it is', async () => {
    const folder = await tempDir();
    await writeSparse(join(folder, 'other.raw'), 4 * MiB);
    expect(await states(join(folder, 'other.raw'))).toMatchObject({ system: 'problem', boot: 'problem' });
    await writeFile(join(folder, 'a.zst'), Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0, 0, 0, 0]));
    expect(await states(join(folder, 'a.zst'))).toMatchObject({ system: 'skipped', boot: 'skipped' });
  });

  it('that is not there is an error of its own', async () => {
    await expect(states('/nonexistent/disk.raw')).rejects.toMatchObject({ exitCode: 65 });
  });

  it('is believed to be signed only with the right key', async () => {
    const folder = await tempDir();
    const sums = join(folder, 'SHA256SUMS');
    await writeFile(join(folder, 'a'), 'a');
    await writeFile(sums, `${(await execa('sha256sum', ['a'], { cwd: folder })).stdout}\n`);
    const keys = await Promise.all(
      ['right', 'wrong'].map(async (name) => {
        const made = await openpgp.generateKey({ userIDs: [{ name }], format: 'armored' });
        await writeFile(join(folder, `${name}.pub`), made.publicKey);
        await writeFile(join(folder, `${name}.key`), made.privateKey);
        return join(folder, name);
      }),
    );
    const [right = '', wrong = ''] = keys;
    expect(await states(folder, { publicKey: `${right}.pub` })).toMatchObject({ signature: 'problem' });
    await signFile({ file: sums, key: `${right}.key`, comment: '' });
    expect(await states(folder)).toMatchObject({ signature: 'warning' });
    expect(await states(folder, { publicKey: `${right}.pub` })).toMatchObject({ signature: 'ok' });
    expect(await states(folder, { publicKey: `${wrong}.pub` })).toMatchObject({ signature: 'problem' });
    await writeFile(sums, `${await readFile(sums, 'utf8')}\n`);
    expect(await states(folder, { publicKey: `${right}.pub` })).toMatchObject({ signature: 'problem' });

    // A key that is not there, or is none, says nothing about whom to trust.
    const said = async (publicKey: string): Promise<string> =>
      (await findings(folder, { publicKey })).find(({ id }) => id === 'image.signature')?.finding ?? '';
    expect(await said(`${wrong}.pub`)).toContain('was not signed with');
    expect(await said(`${right}.gone`)).toBe(`${right}.gone cannot be read: there is no such file or folder`);
    expect(await said(sums)).toContain('is not an OpenPGP public key');
  });

  it.skipIf(missing('mkfifo') !== undefined)(
    'is not waited for where a pipe lies in place of it or of what belongs to it',
    async () => {
      const folder = await tempDir();
      await writeSampleDisk(join(folder, 'disk.raw'));
      const pipes = ['pipe.raw', 'SHA256SUMS', 'SHA256SUMS.asc', 'manifest.json', 'key.pub'];
      for (const name of pipes) await execa('mkfifo', [join(folder, name)]);
      const publicKey = join(folder, 'key.pub');
      for (const path of [join(folder, 'pipe.raw'), join(folder, 'disk.raw'), folder]) {
        const found = await states(path, { publicKey });
        expect(found).toMatchObject({ checksums: 'problem', signature: 'problem' });
      }
      const said = await findings(join(folder, 'pipe.raw'), { publicKey });
      expect(said.map(({ finding }) => finding).join()).toContain('a pipe, a socket or a device');
    },
  );
});
