import { createHash } from 'node:crypto';
import { appendFile, readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { exportDisk } from '../../../src/disk/export.ts';
import { writeLayout } from '../../../src/disk/oci/layout.ts';
import { missing } from '../../support/programs.ts';
import { startRegistry } from '../../support/registry.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { writeSampleDisk } from '../sample-disk.ts';

interface Index {
  manifests: { digest: string; annotations: { disktype: string }; platform: object }[];
}
interface ImageManifest {
  layers: { digest: string; size: number; annotations: Record<string, string> }[];
}

const lacking = missing('sgdisk', 'zstd');
const noRegistry = missing('skopeo', 'docker-registry');

/** An export of the sample disk as the builder makes it for distribution. */
async function exported(
  folder: string,
  architecture: 'amd64' | 'arm64' = 'arm64',
): Promise<{ dir: string; sha256: Map<string, string> }> {
  const raw = join(folder, 'disk.img');
  await writeSampleDisk(raw);
  const dir = join(folder, architecture === 'arm64' ? 'out' : 'out-amd64');
  const { files } = await exportDisk({
    raw,
    outDir: dir,
    baseName: 'freebsd-15.1',
    formats: ['qcow2', 'qcow2.zst', 'raw.zst'],
    facts: { architecture, podbsdVersion: '0.1.0', freebsd: { version: '15.1-RELEASE' } },
  });
  return { dir, sha256: new Map(files.map((file) => [file.format, file.sha256])) };
}

describe.skipIf(lacking !== undefined)(`OCI layout ${lacking ?? ''}`, () => {
  it.skipIf(noRegistry !== undefined)(
    'goes through a registry unchanged and is what podman looks for',
    async () => {
      const folder = await tempDir();
      const { dir, sha256 } = await exported(folder);
      const layout = join(folder, 'layout');
      const { digest, disks } = await writeLayout({ dirs: [dir], layout, tags: ['5.8', '6.1', 'latest'] });
      expect(disks.map(({ diskType, title }) => [diskType, title])).toEqual([
        ['qemu', 'freebsd-15.1.aarch64.qemu.qcow2.zst'],
        ['applehv', 'freebsd-15.1.aarch64.applehv.raw.zst'],
      ]);

      const image = `docker://${await startRegistry(folder)}/freebsd:5.8`;
      await execa('skopeo', ['copy', '--all', '--dest-tls-verify=false', `oci:${layout}:5.8`, image]);
      const inspect = async (reference: string): Promise<string> =>
        (
          await execa('skopeo', ['inspect', '--raw', '--tls-verify=false', reference], {
            stripFinalNewline: false,
          })
        ).stdout;

      // Each podman asks for its own version: all names lead to one image.
      for (const tag of ['6.1', 'latest']) {
        const other = image.replace(/5\.8$/, tag);
        await execa('skopeo', ['copy', '--all', '--dest-tls-verify=false', `oci:${layout}:${tag}`, other]);
        expect(await inspect(other)).toBe(await inspect(image));
      }

      const text = await inspect(image);
      expect(`sha256:${createHash('sha256').update(text).digest('hex')}`).toBe(digest);
      const index = JSON.parse(text) as Index;
      for (const entry of index.manifests)
        expect(entry.platform, 'podman looks for these words').toEqual({
          architecture: 'aarch64',
          os: 'linux',
        });
      expect(index.manifests.map(({ annotations }) => annotations)).toEqual([
        { disktype: 'qemu' },
        { disktype: 'applehv' },
      ]);
      const qemu = index.manifests[0]?.digest ?? '';
      const manifest = JSON.parse(await inspect(`${image.replace(/:5\.8$/, '')}@${qemu}`)) as ImageManifest;
      expect(manifest.layers).toHaveLength(1);
      expect(manifest.layers[0]?.digest).toBe(`sha256:${sha256.get('qcow2.zst') ?? ''}`);

      // What a client pulls unpacks to the qcow2 file that was exported.
      const pulled = join(folder, 'pulled');
      await execa('skopeo', [
        'copy',
        '--src-tls-verify=false',
        `${image.replace(/:5\.8$/, '')}@${qemu}`,
        `oci:${pulled}:x`,
      ]);
      const blob = join(pulled, 'blobs', 'sha256', sha256.get('qcow2.zst') ?? '');
      const { stdout } = await execa('zstd', ['-d', '-c', blob], { encoding: 'buffer' });
      expect(createHash('sha256').update(stdout).digest('hex')).toBe(sha256.get('qcow2'));
    },
  );

  it('is not made from a changed file, over something else, or out of nothing', async () => {
    const folder = await tempDir();
    const { dir } = await exported(folder);
    const layout = join(folder, 'layout');
    await expect(writeLayout({ dirs: [dir], layout: folder, tags: ['x'] })).rejects.toThrow('exists already');
    await expect(writeLayout({ dirs: [folder], layout, tags: ['x'] })).rejects.toThrow(
      'there is no such file',
    );
    const below = join(folder, 'disk.img', 'layout');
    await expect(writeLayout({ dirs: [dir], layout: below, tags: ['x'] })).rejects.toMatchObject({
      exitCode: 11,
    });
    await appendFile(join(dir, 'freebsd-15.1.raw.zst'), 'x');
    await expect(writeLayout({ dirs: [dir], layout, tags: ['x'] })).rejects.toMatchObject({ exitCode: 15 });
    expect((await readdir(folder)).sort()).toEqual(['disk.img', 'out']);
  });

  it('holds the exports of both architectures, and not two of one', async () => {
    const folder = await tempDir();
    const dirs = [(await exported(folder, 'amd64')).dir, (await exported(folder)).dir];
    const layout = join(folder, 'layout');
    const { disks, digest } = await writeLayout({ dirs, layout, tags: ['x'] });
    expect(disks.map(({ architecture, diskType }) => `${architecture} ${diskType}`)).toEqual([
      'x86_64 qemu',
      'x86_64 applehv',
      'aarch64 qemu',
      'aarch64 applehv',
    ]);
    const blob = join(layout, 'blobs', digest.replace(':', '/'));
    const index = JSON.parse(await readFile(blob, 'utf8')) as Index;
    expect(index.manifests).toHaveLength(4);
    const twice = writeLayout({ dirs: [...dirs, ...dirs], layout: join(folder, 'other'), tags: ['x'] });
    await expect(twice).rejects.toThrow('two of the exports are for amd64');
  });

  it('the same export gives the same layout', async () => {
    const folder = await tempDir();
    const { dir } = await exported(folder);
    const [a, b] = [join(folder, 'a'), join(folder, 'b')];
    const first = await writeLayout({ dirs: [dir], layout: a, tags: ['x'] });
    expect(await writeLayout({ dirs: [dir], layout: b, tags: ['x'] })).toEqual(first);
    expect(await readFile(join(a, 'index.json'), 'utf8')).toBe(await readFile(join(b, 'index.json'), 'utf8'));
  });
});
