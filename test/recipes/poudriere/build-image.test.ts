import { createHash } from 'node:crypto';
import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ExitCode } from '../../../src/ground/errors.ts';
import { Builder } from '../../support/builder.ts';

describe('podbsd build-image', () => {
  it('makes an image whose checksums verify, and does nothing the second time', async () => {
    const builder = await Builder.make();
    await builder.succeed('build-image');
    const out = join(builder.folder, 'work/out');
    const sums = (await readFile(join(out, 'SHA256SUMS'), 'utf8')).trim().split('\n');
    expect(sums.length).toBeGreaterThan(1);
    for (const line of sums) {
      const [sum, name = ''] = line.split(/ [ *]/);
      expect(
        createHash('sha256')
          .update(await readFile(join(out, name)))
          .digest('hex'),
      ).toBe(sum);
    }

    await builder.commands();
    const second = await builder.succeed('build-image');
    expect(second.stderr).toContain('nothing was done');
    expect(await builder.commands()).toEqual([]);
  });
});

describe('poudriere-devel', () => {
  it('gets the pool features limited to what the guest can read', async () => {
    const builder = await Builder.make('', { poudriere: '3.4.99.20260523', osreldate: 1600010 });
    await builder.succeed('build-image', '--until', 'image');
    const image = (await builder.commands()).find((argv) => argv.includes('image')) ?? [];
    expect(image[image.indexOf('-C') + 1]).toBe('openzfs-2.2');
  });
});

describe('two builds on one host', () => {
  it("differ in all names that are the host's", async () => {
    const builder = await Builder.make('dataset = "podbsd2"\n');
    await builder.succeed('build-image', '--until', 'packages');
    const bulk = (await builder.commands()).find((argv) => argv.includes('bulk')) ?? [];
    expect(bulk.join(' ')).toContain('-j podbsd2 -p podbsd2ports -O podbsd2overlay');
    expect(JSON.stringify(await builder.readState('datasets'))).not.toContain('"zroot/podbsd/');
  });
});

describe('what a user changes', () => {
  it('redoes what depends on it, and the overlay in the image belongs to root', async () => {
    const builder = await Builder.make();
    await builder.succeed('build-image', '--until', 'overlay');
    const staged = join(builder.directory, 'overlay');
    for (const name of await readdir(staged, { recursive: true })) {
      const info = await lstat(join(staged, name));
      expect([name, info.uid, info.gid]).toEqual([name, 0, 0]);
      if (!info.isSymbolicLink()) expect([name, info.mode & 0o022]).toEqual([name, 0]);
    }
    await builder.commands();

    await builder.configure('packages = ["editors/vim"]\n');
    const second = await builder.succeed('build-image', '--until', 'overlay');
    expect(second.stderr).toContain('packages: starts (inputs changed)');
    expect(second.stderr).toContain('jail: nothing to do');
    expect(second.stderr).toContain('overlay: nothing to do');
  });

  it('refuses a ports tree whose podman has no network on FreeBSD', async () => {
    const builder = await Builder.make();
    await builder.repository('ports', {
      'sysutils/podman/Makefile': 'PORTNAME=\tpodman\nDISTVERSION=\t6.0.1\n',
    });
    const { exitCode, stderr } = await builder.run('build-image', '--until', 'ports');
    expect(exitCode).toBe(ExitCode.config);
    expect(stderr).toContain('main has podman 6.0.1; podman 6 has no network on FreeBSD');
  });
});
