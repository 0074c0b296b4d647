import { decodeUtf8 } from '../../../../ignition/src/utf8.ts';
import { Errno, SystemError } from '../../../../ignition/src/system/system.ts';

export interface Folder {
  readonly type: 'directory';
  readonly entries: Map<string, Entry>;
  mode: number;
  uid: number;
  gid: number;
}

export interface Leaf {
  readonly type: 'file' | 'symlink' | 'other';
  content: Uint8Array;
  mode: number;
  uid: number;
  gid: number;
}

export type Entry = Folder | Leaf;

/** Files, folders and links with owners and modes. Links are followed as the kernel does. */
export class FileTree {
  readonly root: Folder = folder(0o755);

  /** Every path with what it is, for comparing two systems. */
  listing(): string[] {
    const lines: string[] = [];
    const walk = (path: string, entry: Entry): void => {
      const rights = `${entry.mode.toString(8)} ${entry.uid}:${entry.gid}`;
      const content = entry.type === 'directory' ? '' : ` ${JSON.stringify(decodeUtf8(entry.content))}`;
      lines.push(`${path} ${entry.type} ${rights}${content}`);
      if (entry.type !== 'directory') return;
      for (const name of [...entry.entries.keys()].sort()) {
        const child = entry.entries.get(name);
        if (child !== undefined) walk(`${path === '/' ? '' : path}/${name}`, child);
      }
    };
    walk('/', this.root);
    return lines;
  }

  /** The folder, made with all above it where it is missing. */
  folders(path: string): Folder {
    let current = this.root;
    for (const name of path.split('/').filter(Boolean)) {
      let next = current.entries.get(name);
      if (next?.type !== 'directory') {
        next = folder(0o755);
        current.entries.set(name, next);
      }
      current = next;
    }
    return current;
  }

  /** The folder that holds the path, with links on the way followed. */
  parent(path: string): Folder | undefined {
    const entry = this.follow(path.slice(0, path.lastIndexOf('/')) || '/');
    return entry?.type === 'directory' ? entry : undefined;
  }

  /** What lies at the path itself, a link not followed. */
  find(path: string): Entry | undefined {
    if (path === '/') return this.root;
    return this.parent(path)?.entries.get(last(path));
  }

  /** What the path leads to. */
  follow(path: string, depth = 0): Entry | undefined {
    if (depth > 32) throw new SystemError('follow', path, 62, 'Too many levels of symbolic links');
    let current: Entry = this.root;
    let place = '';
    for (const name of path.split('/').filter(Boolean)) {
      if (current.type !== 'directory') return undefined;
      const next = current.entries.get(name);
      if (next === undefined) return undefined;
      place += `/${name}`;
      if (next.type === 'symlink') {
        const target = decodeUtf8(next.content);
        const base = target.startsWith('/') ? '' : place.slice(0, place.lastIndexOf('/'));
        place = normal(`${base}/${target}`);
        const found = this.follow(place, depth + 1);
        if (found === undefined) return undefined;
        current = found;
      } else {
        current = next;
      }
    }
    return current;
  }
}

function normal(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}

export function folder(mode: number): Folder {
  return { type: 'directory', entries: new Map(), mode, uid: 0, gid: 0 };
}

export function file(content: Uint8Array, mode: number): Leaf {
  return { type: 'file', content, mode, uid: 0, gid: 0 };
}

export function last(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

export function missing(doing: string, path: string): SystemError {
  return new SystemError(doing, path, Errno.ENOENT, 'No such file or directory');
}
