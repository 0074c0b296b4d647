import type { BootFinding } from '../boot-check.ts';
import type { ImageFacts } from '../image-facts.ts';
import type { ExportFormat } from './formats.ts';

export interface ExportOptions {
  /** A disk image in any format, packed or not. It is only read. */
  readonly raw: string;
  /** Made when missing. One export per folder: SHA256SUMS and manifest.json describe exactly one. */
  readonly outDir: string;
  /** File name without suffix, e.g. `freebsd-15.1-amd64`: letters, digits and `._+-`. */
  readonly baseName: string;
  readonly formats: readonly ExportFormat[];
  readonly facts: ImageFacts;
  /** Adds `.zst` of each qcow2 and raw in `formats`. */
  readonly compress?: boolean | undefined;
  /** Fail when the disk lacks something that FreeBSD needs to boot; without it that is a notice. */
  readonly requireBootable?: boolean | undefined;
  /** A minisign or OpenPGP secret key file; SHA256SUMS gets a detached signature beside it. */
  readonly signingKey?: string | undefined;
  /** Of the signing key, when it has one. Default: the variable PODBSD_SIGNING_PASSPHRASE. */
  readonly passphrase?: string | undefined;
  readonly onProgress?: ((progress: ExportProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface ExportProgress {
  /** `unpack` only for packed images; `write` reads the disk and writes all files; `verify` reads them back. */
  readonly step: 'unpack' | 'write' | 'verify';
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
  /** What firmware and boot blocks need, and what was found. */
  readonly boot: readonly BootFinding[];
  /** Notices for the user, e.g. that a disk has no GPT or that qemu-img is missing. */
  readonly notices: readonly string[];
}
