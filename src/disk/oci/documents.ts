import { createHash } from 'node:crypto';
import type { Manifest } from '../describe/manifest.ts';
import { podmanArchitecture, type DiskArtifact } from './artifacts.ts';

const INDEX_TYPE = 'application/vnd.oci.image.index.v1+json';
const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json';
const ARTIFACT_TYPE = 'application/vnd.podbsd.machine-disk';

/** A JSON document of a registry: its bytes and its descriptor. */
export interface Document {
  readonly bytes: Buffer;
  readonly descriptor: Descriptor;
}

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

/** The config of an artifact that has none (OCI image-spec 1.1, "Guidance for an Empty Descriptor"). */
export const emptyConfig = document('application/vnd.oci.empty.v1+json', {});

/** The manifest of one disk. podman refuses one with more than one layer. */
export function diskManifest(artifact: DiskArtifact): Document {
  return document(MANIFEST_TYPE, {
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    artifactType: ARTIFACT_TYPE,
    config: emptyConfig.descriptor,
    layers: [
      {
        mediaType: artifact.mediaType,
        digest: `sha256:${artifact.sha256}`,
        size: artifact.size,
        annotations: { 'org.opencontainers.image.title': artifact.title },
      },
    ],
  });
}

/**
 * The index that `podman machine init --image docker://...` of podman 5 and 6 walks through. It takes the entry whose
 * annotation `disktype` and platform fit. It holds nothing else: skopeo 1.9 drops fields it does not know, and the
 * digest would change on the way to the registry. The operating system must read `linux` there, whatever the guest is.
 */
export function artifactIndex(disks: readonly IndexedDisk[]): Document {
  const [first] = disks;
  const versions = new Set(disks.map(({ manifest }) => manifest.freebsd?.version));
  const version = versions.size === 1 ? first?.manifest.freebsd?.version : undefined;
  const created = first?.manifest.created;
  return document(INDEX_TYPE, {
    schemaVersion: 2,
    mediaType: INDEX_TYPE,
    manifests: disks.map(({ manifest, artifact, document: { descriptor } }) => ({
      ...descriptor,
      annotations: { disktype: artifact.diskType },
      platform: { architecture: podmanArchitecture[manifest.architecture], os: 'linux' },
    })),
    annotations: {
      'org.opencontainers.image.title': [...new Set(disks.map(({ manifest }) => manifest.name))].join(', '),
      ...(version === undefined ? {} : { 'org.opencontainers.image.version': version }),
      ...(created === undefined ? {} : { 'org.opencontainers.image.created': created }),
    },
  });
}

/** A disk with the export that it comes from. */
export interface IndexedDisk {
  readonly manifest: Manifest;
  readonly artifact: DiskArtifact;
  readonly document: Document;
}

/** The layout's own index.json, which names the one index in it. */
export function layoutIndex(index: Document, tags: readonly string[]): Buffer {
  return encode({
    schemaVersion: 2,
    mediaType: INDEX_TYPE,
    manifests: tags.map((tag) => ({
      ...index.descriptor,
      annotations: { 'org.opencontainers.image.ref.name': tag },
    })),
  });
}

function document(mediaType: string, content: object): Document {
  const bytes = encode(content);
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  return { bytes, descriptor: { mediaType, digest, size: bytes.length } };
}

function encode(content: object): Buffer {
  return Buffer.from(JSON.stringify(content));
}
