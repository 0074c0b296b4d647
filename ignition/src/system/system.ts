/**
 * Everything the agent does to a machine goes through this interface: quickjs.ts is the real one, tests use a system in
 * memory. All calls wait until they are done.
 */

export type FileType = 'file' | 'directory' | 'symlink' | 'other';

export interface FileStat {
  readonly type: FileType;
  /** Permission bits including setuid, setgid and sticky: 0o0000 to 0o7777. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes. */
  readonly size: number;
}

/** What is to be in a file. Text is written as UTF-8; QuickJS handles megabytes of it far faster than bytes. */
export type Content = string | Uint8Array;

/** A program (absolute path) and its arguments. No shell ever reads it. */
export type Argv = readonly [program: string, ...args: string[]];

export interface RunResult {
  /** The exit code; 127 when there is no such program, 128 + N when signal N ended it. */
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface FilterResult {
  /** As in RunResult. */
  readonly code: number;
  readonly out: Uint8Array;
  readonly err: string;
}

export interface System {
  /** `freebsd` in the guest; whatever the engine reports elsewhere. */
  readonly platform: string;

  /** About the path itself, not what a symbolic link points to; undefined when there is nothing. */
  lstat(path: string): FileStat | undefined;
  /** The whole file, or undefined when there is none. */
  readBytes(path: string): Uint8Array | undefined;
  /** The whole file as UTF-8, or undefined when there is none. */
  readText(path: string): string | undefined;
  readLink(path: string): string;
  /** The names in a directory, without `.` and `..`; empty when there is no such directory. */
  list(path: string): readonly string[];

  makeDirectory(path: string, mode: number): void;
  /** Writes a file that must not exist yet: nothing that lies in its place is followed or changed. */
  writeNew(path: string, content: Content, mode: number): void;
  /** Adds to a file or device; the file is made when it does not exist. */
  append(path: string, text: string): void;
  /** The same for a terminal, with a program run while it is open: tty(4) forgets its modes at the last close. */
  appendToTerminal(path: string, setModes: Argv, text: string): void;
  symlink(target: string, path: string): void;
  rename(from: string, to: string): void;
  /** Removes a file, a symbolic link or an empty directory. */
  remove(path: string): void;

  /** Runs a program with a fixed, small environment, and `more` variables, and collects what it prints. */
  run(argv: Argv, input?: string, more?: Readonly<Record<string, string>>): RunResult;
  /** What a program makes of its input, byte by byte. Nothing of it can be seen by anybody else, or stays. */
  filter(argv: Argv, input: Content): FilterResult;
  /** The text of UTF-8 bytes, as `decodeUtf8`, and of megabytes in a moment. */
  decode(bytes: Uint8Array): string;
  /** Runs a program on our own standard input, output, error and environment; returns its exit code. */
  runThrough(argv: Argv): number;

  /** Milliseconds since some fixed moment; never set back when the clock is. */
  monotonicMs(): number;
  sleepMs(milliseconds: number): void;
  /** The date and time as ISO 8601 in UTC. */
  now(): string;
  out(text: string): void;
  err(text: string): void;
}

/** A system call has failed. */
export class SystemError extends Error {
  readonly path: string;
  readonly errno: number;

  constructor(doing: string, path: string, errno: number, reason: string) {
    super(`cannot ${doing} ${path}: ${reason}`);
    this.name = 'SystemError';
    this.path = path;
    this.errno = errno;
  }
}

/** The errno numbers that the agent tells apart; the same on FreeBSD and Linux. */
export const Errno = { ENOENT: 2, EACCES: 13, EEXIST: 17, ENOTDIR: 20, EINVAL: 22 } as const;

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
