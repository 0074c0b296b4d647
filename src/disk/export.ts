import type { LocalHost } from '../host/local.ts';
import type { ImageFacts } from './image-facts.ts';

/** What podman's providers take: qcow2 for QEMU, raw for applehv and libkrun, vhdx for Hyper-V. */
export const exportFormats = ['qcow2', 'raw', 'qcow2.zst', 'raw.zst', 'vhdx'] as const;
export type ExportFormat = (typeof exportFormats)[number];

export interface ExportOptions {
  /** The raw disk image. It is only read. */
  readonly raw: string;
  /** Made when missing. One export per directory: SHA256SUMS and manifest.json describe exactly one. */
  readonly outDir: string;
  /** File name without suffix, e.g. `freebsd-15.1-amd64`. */
  readonly baseName: string;
  readonly formats: readonly ExportFormat[];
  readonly facts: ImageFacts;
  /** Adds `.zst` of each qcow2 and raw in `formats`. */
  readonly compress?: boolean | undefined;
  /** A minisign or OpenPGP secret key file; SHA256SUMS gets a detached signature beside it. */
  readonly signingKey?: string | undefined;
  /** Where zstd, qemu-img and minisign run: they read and write the same files as this process. */
  readonly host: LocalHost;
  readonly onProgress?: ((progress: ExportProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface ExportProgress {
  readonly step: 'write' | 'verify';
  /** Bytes so far and in all, of this step. */
  readonly done: number;
  readonly total: number;
}

export interface ExportedFile {
  readonly name: string;
  readonly format: ExportFormat;
  /** Bytes of the file. */
  readonly size: number;
  readonly sha256: string;
}

export interface ExportResult {
  readonly outDir: string;
  readonly files: readonly ExportedFile[];
  /** Everything written, images and descriptions: names in `outDir`. */
  readonly written: readonly string[];
  /** Bytes that the guest sees as its disk. */
  readonly diskSize: number;
  /** SHA-256 of those bytes. */
  readonly diskSha256: string;
  /** What the user may want to know, e.g. that a disk has no GPT or that qemu-img is absent. */
  readonly notices: readonly string[];
}

/**
 * Writes a raw disk image in the formats that podman's machine providers take, proves by hash that each holds the
 * same bytes, and describes them (SHA256SUMS, manifest.json, bill of materials).
 */
export async function exportDisk(options: ExportOptions): Promise<ExportResult> {
  throw new Error(`export of ${options.raw} is not there yet`);
}
