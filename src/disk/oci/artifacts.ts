import type { ExportFormat } from '../export/formats.ts';
import type { Manifest } from '../describe/manifest.ts';

/** One entry of the index: a disk for one kind of hypervisor. */
export interface DiskArtifact {
  /** Name of the file in the export folder. */
  readonly file: string;
  /** Value of the annotation `disktype` that podman looks for; applehv is used for libkrun too. */
  readonly diskType: 'qemu' | 'applehv' | 'hyperv';
  /** podman reads the kind and the compression from the last two extensions of this name. */
  readonly title: string;
  readonly mediaType: string;
  readonly sha256: string;
  readonly size: number;
}

/** Which export serves a provider best: the packed one, else the plain one. */
const providers: readonly (readonly [DiskArtifact['diskType'], readonly ExportFormat[]])[] = [
  ['qemu', ['qcow2.zst', 'qcow2']],
  ['applehv', ['raw.zst', 'raw']],
  ['hyperv', ['vhdx']],
];

/** podman 5 and 6 spell the architecture as uname(1) on Linux does, not as OCI images do. */
export const podmanArchitecture = { amd64: 'x86_64', arm64: 'aarch64' } as const;

/** The disks of an export that podman can pull, at most one for each provider. */
export function diskArtifacts(manifest: Manifest): DiskArtifact[] {
  return providers.flatMap(([diskType, formats]) => {
    const found = formats
      .map((format) => manifest.files.find((file) => file.format === format))
      .find((file) => file !== undefined);
    if (found === undefined) return [];
    const { name: file, format, sha256, size } = found;
    const title = `${manifest.name}.${podmanArchitecture[manifest.architecture]}.${diskType}.${format}`;
    const mediaType = format.endsWith('.zst') ? 'application/zstd' : 'application/octet-stream';
    return [{ file, diskType, title, mediaType, sha256, size }];
  });
}
