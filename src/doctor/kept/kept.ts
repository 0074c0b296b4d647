/** Kinds of things that podbsd keeps on this host, in the order in which they are shown. */
export const keptKinds = ['build', 'download', 'image', 'machine', 'guest', 'helpers', 'leftover'] as const;
export type KeptKind = (typeof keptKinds)[number];

/** Something that podbsd has made on this host and has not removed. */
export interface Kept {
  readonly kind: KeptKind;
  readonly name: string;
  readonly path: string;
  /** In a word or two: `done`, `interrupted`, `running`. */
  readonly state: string;
  /** What it really takes on the disk, in bytes. */
  readonly bytes: number;
  /** The command that removes it. */
  readonly remove: string;
}

/** Told about what cannot be looked at; the rest is shown. */
export type OnNotice = (text: string) => void;
