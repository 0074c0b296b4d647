/** One member of an overlay archive. Paths are relative to the guest's root, without leading or trailing slash. */
export type OverlayEntry = OverlayDirectory | OverlayFile | OverlayLink;

export interface OverlayDirectory {
  readonly type: 'directory';
  readonly path: string;
  readonly mode: number;
}

export interface OverlayFile {
  readonly type: 'file';
  readonly path: string;
  readonly mode: number;
  readonly content: Uint8Array;
}

export interface OverlayLink {
  readonly type: 'symlink';
  readonly path: string;
  readonly target: string;
}

export function directory(path: string, mode = 0o755): OverlayDirectory {
  return { type: 'directory', path, mode };
}

export function file(path: string, content: string | Uint8Array, mode = 0o644): OverlayFile {
  return { type: 'file', path, mode, content: typeof content === 'string' ? Buffer.from(content) : content };
}

export function link(path: string, target: string): OverlayLink {
  return { type: 'symlink', path, target };
}

/** A name from an archive, made safe to print: no terminal control sequences are left in it. */
export function visible(name: string): string {
  return name.replace(/[\0-\x1f\x7f-\x9f]/g, hex);
}

function hex(letter: string): string {
  return `\\x${letter.charCodeAt(0).toString(16).padStart(2, '0')}`;
}
