import { createHash } from 'node:crypto';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it, onTestFinished } from 'vitest';
import { exportDisk } from '../../src/disk/export.ts';
import { writeLayout } from '../../src/disk/oci/layout.ts';
import { writeSampleDisk } from '../disk/sample-disk.ts';
import { missing } from '../support/programs.ts';
import { startRegistry } from '../support/registry.ts';
import { tempDir } from '../support/temp-dir.ts';
import { standInDiskUnavailable } from '../standin/requirements.ts';
import { podman54 } from './clients.ts';
import { Workspace } from './workspace.ts';

const reason =
  standInDiskUnavailable() ?? missing('setpriv', 'useradd', 'skopeo', 'docker-registry', 'zstd', 'sgdisk');

describe.skipIf(reason !== undefined)(`stock podman ${podman54.version}`, () => {
  it('makes a machine of what `podbsd oci` wrote and skopeo pushed', async () => {
    const folder = await tempDir();
    await chmod(folder, 0o755);
    const raw = join(folder, 'disk.img');
    await writeSampleDisk(raw);
    const dirs = await Promise.all(
      (['amd64', 'arm64'] as const).map(async (architecture) => {
        const outDir = join(folder, architecture);
        await exportDisk({
          raw,
          outDir,
          baseName: `freebsd-15.1-${architecture}`,
          formats: ['qcow2', 'qcow2.zst', 'raw.zst'],
          facts: { architecture, podbsdVersion: '0.1.0' },
        });
        return outDir;
      }),
    );
    const layout = join(folder, 'layout');
    await writeLayout({ dirs, layout, tags: ['5.4'] });
    const registry = await startRegistry(folder);
    const image = `docker://${registry}/freebsd:5.4`;
    await execa('skopeo', ['copy', '--all', '--dest-tls-verify=false', `oci:${layout}:5.4`, image]);

    const workspace = await Workspace.create(podman54);
    onTestFinished(() => workspace.remove());
    // podman 5.4 checks no certificate here, but it wants TLS unless it is told otherwise.
    const settings = join(workspace.home, '.config/containers/registries.conf');
    await writeFile(settings, `[[registry]]\nlocation = "${registry}"\ninsecure = true\n`, { mode: 0o644 });
    const size = ['--disk-size', '10', '--timezone', 'UTC'];
    const made = await workspace.podman('machine', 'init', '--image', image, ...size, '-v', '', 'pulled');
    expect(made.code, made.err).toBe(0);

    // podman has grown the disk by then; what was in it is still there.
    const disk = join(workspace.home, '.local/share/containers/podman/machine/qemu/pulled-amd64.qcow2');
    const [ours, theirs] = [join(folder, 'ours.raw'), join(folder, 'theirs.raw')];
    const exported = join(folder, 'amd64/freebsd-15.1-amd64.qcow2');
    await execa('qemu-img', ['convert', '-f', 'qcow2', '-O', 'raw', exported, ours]);
    await execa('qemu-img', ['resize', '-q', '-f', 'qcow2', '--shrink', disk, '46M']);
    await execa('qemu-img', ['convert', '-f', 'qcow2', '-O', 'raw', disk, theirs]);
    const hashOf = async (path: string): Promise<string> =>
      createHash('sha256')
        .update(await readFile(path))
        .digest('hex');
    expect(await hashOf(theirs)).toBe(await hashOf(ours));
  }, 600_000);
});
