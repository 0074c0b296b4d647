import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import { ExitCode } from '../../src/ground/errors.ts';
import { exportDisk } from '../../src/disk/export.ts';
import { writeSampleDisk } from '../disk/sample-disk.ts';
import { bundledProgram } from '../support/bundled-program.ts';
import { missing } from '../support/programs.ts';
import { tempDir } from '../support/temp-dir.ts';

const lacking = missing('sgdisk', 'zstd', 'qemu-img');

it.skipIf(lacking !== undefined)(
  'podbsd oci names one image for each podman, and for the names that are given',
  async () => {
    const folder = await tempDir();
    const raw = join(folder, 'disk.img');
    await writeSampleDisk(raw);
    const outDir = join(folder, 'out');
    const facts = { architecture: 'amd64', podbsdVersion: '0.1.0' } as const;
    await exportDisk({
      raw,
      outDir,
      baseName: 'freebsd',
      formats: ['qcow2.zst'],
      facts,
    });

    const program = await bundledProgram();
    const oci = async (...args: readonly string[]) =>
      await execa(process.execPath, [program, 'oci', outDir, ...args], { reject: false });
    const layout = join(folder, 'layout');
    const plan = await oci('--out', layout, '--podman-tags', '--dry-run');
    expect(plan.stdout).toMatch(/would name it 5\.4, .*, 6\.1, 6\.2, latest$/);

    const made = await oci('--out', layout, '--tag', 'v1.0', '--podman-tags', '--json');
    expect(made.exitCode, made.stderr).toBe(ExitCode.ok);
    const { tags, digest } = JSON.parse(made.stdout) as { tags: string[]; digest: string };
    expect(tags).toEqual(['v1.0', '5.4', '5.5', '5.6', '5.7', '5.8', '6.0', '6.1', '6.2', 'latest']);
    const index = JSON.parse(await readFile(join(layout, 'index.json'), 'utf8')) as {
      manifests: { digest: string; annotations: Record<string, string> }[];
    };
    expect(new Set(index.manifests.map((entry) => entry.digest))).toEqual(new Set([digest]));
    expect(index.manifests.map((entry) => entry.annotations['org.opencontainers.image.ref.name'])).toEqual(
      tags,
    );

    const plain = await oci('--out', join(folder, 'plain'), '--json');
    expect((JSON.parse(plain.stdout) as { tags: string[] }).tags).toEqual(['latest']);
    expect((await oci('--out', join(folder, 'bad'), '--tag', '-x')).exitCode).toBe(ExitCode.usage);
  },
);
