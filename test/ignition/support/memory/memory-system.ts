import { decodeUtf8, encodeUtf8 } from '../../../../ignition/src/utf8.ts';
import {
  Errno,
  SystemError,
  type Argv,
  type Content,
  type FileStat,
  type FilterResult,
  type RunResult,
  type System,
} from '../../../../ignition/src/system/system.ts';
import { file, FileTree, folder, last, missing, type Entry } from './file-tree.ts';

/** A program of a memory system. Answers like the real one, and changes the files as the real one would. */
export type Program = (argv: Argv, system: MemorySystem, input: string) => RunResult;

/** A program that makes something of bytes. */
export type Filter = (argv: Argv, input: Uint8Array, system: MemorySystem) => FilterResult;

/** A system of which nothing is real: files in memory with owners and modes, and programs that a test supplies. */
export class MemorySystem implements System {
  platform = 'freebsd';
  /** By absolute path; any other program is missing. */
  readonly programs = new Map<string, Program>();
  /** The same for programs that are used as filters. */
  readonly filters = new Map<string, Filter>();
  /** Every program that was run. */
  readonly ran: Argv[] = [];
  /** With which variables besides the usual ones, one entry for each of `ran`. */
  readonly variables: Readonly<Record<string, string>>[] = [];
  /** Called before each change, with its description: a test can make it throw. */
  beforeChange: (what: string) => void = () => undefined;
  stdout = '';
  stderr = '';
  private readonly tree = new FileTree();
  private clock = 0;

  lstat(path: string): FileStat | undefined {
    const entry = this.tree.find(path);
    if (entry === undefined) return undefined;
    const size = entry.type === 'directory' ? entry.entries.size : entry.content.length;
    return { type: entry.type, mode: entry.mode, uid: entry.uid, gid: entry.gid, size };
  }

  readBytes(path: string): Uint8Array | undefined {
    const entry = this.tree.follow(path);
    if (entry?.type === 'directory') throw new SystemError('read', path, 21, 'Is a directory');
    return entry?.content;
  }

  readText(path: string): string | undefined {
    const bytes = this.readBytes(path);
    return bytes === undefined ? undefined : decodeUtf8(bytes);
  }

  readLink(path: string): string {
    const entry = this.tree.find(path);
    if (entry?.type !== 'symlink')
      throw new SystemError('read the link', path, Errno.EINVAL, 'Invalid argument');
    return decodeUtf8(entry.content);
  }

  list(path: string): readonly string[] {
    const entry = this.tree.follow(path);
    return entry?.type === 'directory' ? [...entry.entries.keys()] : [];
  }

  makeDirectory(path: string, mode: number): void {
    this.insert('make directory', path, folder(mode));
  }

  writeNew(path: string, content: Content, mode: number): void {
    // Made first, filled later: as far as a power cut is concerned these are two changes.
    const leaf = file(new Uint8Array(), mode);
    this.insert('create', path, leaf);
    this.change(`write ${path}`);
    leaf.content = typeof content === 'string' ? encodeUtf8(content) : content.slice();
  }

  append(path: string, text: string): void {
    const entry = this.tree.follow(path);
    if (entry === undefined) {
      this.writeNew(path, text, 0o644);
    } else if (entry.type !== 'directory') {
      this.change(`append to ${path}`);
      entry.content = encodeUtf8(decodeUtf8(entry.content) + text);
    }
  }

  appendToTerminal(path: string, setModes: Argv, text: string): void {
    this.run(setModes);
    this.append(path, text);
  }

  symlink(target: string, path: string): void {
    this.insert('make the link', path, { ...file(encodeUtf8(target), 0o777), type: 'symlink' });
  }

  rename(from: string, to: string): void {
    const source = this.tree.parent(from);
    const target = this.tree.parent(to);
    const entry = source?.entries.get(last(from));
    if (source === undefined || target === undefined || entry === undefined)
      throw missing('put in place', to);
    const there = target.entries.get(last(to));
    if (there?.type === 'directory' && entry.type !== 'directory') {
      throw new SystemError('put in place', to, 21, 'Is a directory');
    }
    this.change(`rename ${from} to ${to}`);
    if (there === entry) return;
    source.entries.delete(last(from));
    target.entries.set(last(to), entry);
  }

  remove(path: string): void {
    const parent = this.tree.parent(path);
    const entry = parent?.entries.get(last(path));
    if (parent === undefined || entry === undefined) throw missing('remove', path);
    if (entry.type === 'directory' && entry.entries.size > 0) {
      throw new SystemError('remove', path, 66, 'Directory not empty');
    }
    this.change(`remove ${path}`);
    parent.entries.delete(last(path));
  }

  run(argv: Argv, input = '', more: Readonly<Record<string, string>> = {}): RunResult {
    this.ran.push(argv);
    this.variables.push(more);
    const program = this.programs.get(argv[0]);
    return program === undefined ? { code: 127, out: '', err: '' } : program(argv, this, input);
  }

  decode(bytes: Uint8Array): string {
    return decodeUtf8(bytes);
  }

  filter(argv: Argv, input: Content): FilterResult {
    this.ran.push(argv);
    this.variables.push({});
    const filter = this.filters.get(argv[0]);
    const bytes = typeof input === 'string' ? encodeUtf8(input) : input;
    return filter?.(argv, bytes, this) ?? { code: 127, out: new Uint8Array(), err: '' };
  }

  runThrough(argv: Argv): number {
    const result = this.run(argv);
    this.stdout += result.out;
    this.stderr += result.err;
    return result.code;
  }

  monotonicMs(): number {
    return this.clock;
  }

  sleepMs(milliseconds: number): void {
    this.clock += milliseconds;
  }

  now(): string {
    return '2026-11-22T12:00:00.000Z';
  }

  out(text: string): void {
    this.stdout += text;
  }

  err(text: string): void {
    this.stderr += text;
  }

  /** For programs and tests: the entry itself, to change its owner or mode. */
  entry(path: string): { mode: number; uid: number; gid: number } {
    const entry = this.tree.find(path);
    if (entry === undefined) throw missing('look at', path);
    return entry;
  }

  /** Says that something changes now. Programs call it before each of their changes. */
  change(what: string): void {
    this.beforeChange(what);
  }

  /** Puts a second name for a file in place, as ln(1) does. */
  hardLink(from: string, to: string): void {
    const entry = this.tree.follow(from);
    if (entry === undefined) throw missing('link', from);
    this.insert('link', to, entry);
  }

  /** For tests: writes a file with all folders above it, without counting as a change. */
  put(path: string, content: Content, mode = 0o644, uid = 0, gid = 0): void {
    const parent = this.tree.folders(path.slice(0, path.lastIndexOf('/')));
    const bytes = typeof content === 'string' ? encodeUtf8(content) : content;
    parent.entries.set(last(path), { ...file(bytes, mode), uid, gid });
  }

  /** For tests: makes a folder and all above it. */
  putFolder(path: string, mode = 0o755, uid = 0, gid = 0): void {
    Object.assign(this.tree.folders(path), { mode, uid, gid });
  }

  /** For tests: every path with what it is, for comparing two systems. */
  listing(): string[] {
    return this.tree.listing();
  }

  private insert(doing: string, path: string, entry: Entry): void {
    const parent = this.tree.parent(path);
    if (parent === undefined) throw missing(doing, path);
    if (parent.entries.has(last(path))) throw new SystemError(doing, path, Errno.EEXIST, 'File exists');
    this.change(`${doing} ${path}`);
    // FreeBSD gives new files the group of their folder.
    entry.gid = parent.gid;
    parent.entries.set(last(path), entry);
  }
}
