import { nameOf, parentOf } from '../freebsd/paths.ts';
import { runProgram } from '../freebsd/program.ts';
import type { Content, FileStat, System } from '../system/system.ts';
import { sameBytes } from '../utf8.ts';
import { rootOwned, type Context, type Ownership } from './context.ts';

/**
 * Putting files, folders and links in place. No link is followed that anybody but root could have made, everything
 * appears atomically (written to a temporary name, then renamed), and what is already right is not touched.
 */

/** Above this size cmp(1) compares: QuickJS would take seconds. */
const manyBytes = 262_144;

export interface WantedFile {
  readonly path: string;
  readonly content: Content;
  readonly mode: number;
  readonly owner: Ownership;
}

export function ensureFile(context: Context, wanted: WantedFile): void {
  const { system } = context;
  const path = safePath(context, wanted.path, wanted.owner);
  const there = system.lstat(path);
  if (there?.type === 'file' && hasRights(there, wanted.mode, wanted.owner)) {
    if (hasContent(system, path, wanted.content)) return;
  }
  removeIfDirectory(system, path, there);
  const staged = stagingPath(system, path);
  system.writeNew(staged, wanted.content, wanted.mode & 0o777);
  setRights(system, staged, wanted.mode, wanted.owner);
  system.rename(staged, path);
  context.changed = true;
}

/** @param mode undefined: as it is, or 0755 for a new folder. The same goes for the owner, and root. */
export function ensureDirectory(context: Context, asked: string, mode?: number, owner?: Ownership): void {
  const { system } = context;
  const path = asked === '/' ? '/' : safePath(context, asked, owner ?? rootOwned);
  let there = system.lstat(path);
  if (there?.type === 'symlink' && isTrusted(system, path, there)) return;
  if (there !== undefined && there.type !== 'directory')
    throw new Error(`${path} exists and is not a directory`);
  if (there === undefined) {
    system.makeDirectory(path, (mode ?? 0o755) & 0o777);
    context.changed = true;
    there = system.lstat(path);
    setRights(system, path, mode ?? 0o755, owner ?? rootOwned);
    return;
  }
  const wantedMode = mode ?? there.mode;
  const wantedOwner = owner ?? there;
  if (hasRights(there, wantedMode, wantedOwner)) return;
  setRights(system, path, wantedMode, wantedOwner);
  context.changed = true;
}

export function ensureSymlink(context: Context, asked: string, target: string, owner: Ownership): void {
  const { system } = context;
  const path = safePath(context, asked, owner);
  const there = system.lstat(path);
  if (there?.type === 'symlink' && system.readLink(path) === target) {
    if (there.uid !== owner.uid || there.gid !== owner.gid) setOwner(system, path, owner);
    return;
  }
  removeIfDirectory(system, path, there);
  const staged = stagingPath(system, path);
  system.symlink(target, staged);
  const made = system.lstat(staged);
  if (made?.uid !== owner.uid || made.gid !== owner.gid) setOwner(system, staged, owner);
  system.rename(staged, path);
  context.changed = true;
}

export function ensureHardLink(context: Context, asked: string, target: string): void {
  const { system } = context;
  const path = safePath(context, asked, rootOwned);
  const real = safePath(context, target, rootOwned);
  if (system.lstat(real)?.type !== 'file') throw new Error(`${target} is not a file that could be linked`);
  removeIfDirectory(system, path, system.lstat(path));
  const staged = stagingPath(system, path);
  runProgram(system, ['/bin/ln', real, staged]);
  system.rename(staged, path);
  // Renaming one name of a file over another name of the same file does nothing.
  if (system.lstat(staged) !== undefined) system.remove(staged);
  context.changed = true;
}

/**
 * The path with all parents real folders; missing ones are made for the owner. A symbolic link on the way is followed
 * only when nobody but root can have made it, such as /home -> usr/home.
 */
export function safePath(context: Context, path: string, owner: Ownership): string {
  const { system } = context;
  const folder = followed(system, parentOf(path), (missing) => {
    system.makeDirectory(missing, 0o755);
    setRights(system, missing, 0o755, owner);
    context.changed = true;
  });
  if (folder === '/') return `/${nameOf(path)}`;
  if (system.lstat(folder)?.type !== 'directory') throw new Error(`${path}: ${folder} is not a directory`);
  return `${folder}/${nameOf(path)}`;
}

/** Where a path leads, the last link included; what does not exist yet is taken as it is written. Makes nothing. */
export function leadsTo(system: System, path: string): string {
  return followed(system, path, () => undefined);
}

function followed(system: System, path: string, onMissing: (folder: string) => void): string {
  let rest = path.split('/').filter(Boolean);
  let real = '';
  let links = 0;
  for (let name = rest.shift(); name !== undefined; name = rest.shift()) {
    if (name === '.') continue;
    if (name === '..') {
      real = parentOf(real) === '/' ? '' : parentOf(real);
      continue;
    }
    const next = `${real}/${name}`;
    const there = system.lstat(next);
    if (there?.type === 'symlink') {
      if (!isTrusted(system, next, there) || ++links > 16) {
        throw new Error(
          `${path}: the symbolic link ${next} is not followed, since not only root can change it`,
        );
      }
      const target = system.readLink(next);
      rest = [...target.split('/').filter(Boolean), ...rest];
      if (target.startsWith('/')) real = '';
      continue;
    }
    if (there === undefined) onMissing(next);
    else if (there.type !== 'directory' && rest.length > 0)
      throw new Error(`${path}: ${next} is not a directory`);
    real = next;
  }
  return real === '' ? '/' : real;
}

/** Whether only root can have made this link: it is root's and lies in a folder that only root writes to. */
function isTrusted(system: System, path: string, link: FileStat): boolean {
  const folder = system.lstat(parentOf(path));
  return link.uid === 0 && folder?.uid === 0 && (folder.mode & 0o022) === 0;
}

function stagingPath(system: System, path: string): string {
  const staged = `${parentOf(path) === '/' ? '' : parentOf(path)}/.podbsd-new`;
  // Left behind by an interrupted run.
  if (system.lstat(staged) !== undefined) system.remove(staged);
  return staged;
}

/** rename(2) does not replace a folder by a file. Only an empty folder makes room. */
function removeIfDirectory(system: System, path: string, there: FileStat | undefined): void {
  if (there?.type !== 'directory') return;
  if (system.list(path).length > 0)
    throw new Error(`${path} is a folder that is not empty, it is not replaced`);
  system.remove(path);
}

function hasRights(stat: FileStat, mode: number, owner: Ownership): boolean {
  return stat.mode === mode && stat.uid === owner.uid && stat.gid === owner.gid;
}

function hasContent(system: System, path: string, content: Content): boolean {
  if (typeof content === 'string') return system.readText(path) === content;
  if (system.lstat(path)?.size !== content.length) return false;
  if (content.length >= manyBytes) {
    const { code } = system.filter(['/usr/bin/cmp', '-s', '-', path], content);
    if (code <= 1) return code === 0;
  }
  const bytes = system.readBytes(path);
  return bytes !== undefined && sameBytes(bytes, content);
}

/** Owner first: chown(8) takes setuid bits away. */
function setRights(system: System, path: string, mode: number, owner: Ownership): void {
  const made = system.lstat(path);
  if (made?.uid !== owner.uid || made.gid !== owner.gid) setOwner(system, path, owner);
  if (system.lstat(path)?.mode !== mode) {
    runProgram(system, ['/bin/chmod', mode.toString(8).padStart(4, '0'), path]);
  }
}

function setOwner(system: System, path: string, owner: Ownership): void {
  runProgram(system, ['/usr/sbin/chown', '-h', `${owner.uid}:${owner.gid}`, path]);
}
