import type { Architecture } from '../vm/architecture.ts';

/** A disk image on this machine, ready to be copied or unpacked. */
export interface FoundImage {
  readonly file: string;
  /** Undefined where nothing says so: a plain file. */
  readonly architecture?: Architecture;
  /** It comes from somebody else, so it must not refer to files of this host. */
  readonly foreign?: true;
  /** For people: the version of FreeBSD, the digest of an artifact. */
  readonly description: string;
}
