// The parts of QuickJS's own modules that the agent uses (engine version 2025-04-26).

declare module 'std' {
  export interface FILE {
    fileno(): number;
    puts(text: string): void;
    flush(): void;
    error(): boolean;
    seek(offset: number, whence: number): number;
    readAsString(): string;
    close(): number;
  }
  export const out: FILE;
  export const err: FILE;
  export const SEEK_SET: number;
  export function fdopen(fd: number, flags: string): FILE;
  export function tmpfile(): FILE | null;
  export function loadFile(path: string): string | null;
  export function strerror(errno: number): string;
  export function exit(code: number): never;
}

declare module 'os' {
  export interface Stat {
    readonly mode: number;
    readonly uid: number;
    readonly gid: number;
    readonly size: number;
  }
  export interface ExecOptions {
    readonly block?: boolean;
    readonly usePath?: boolean;
    readonly stdin?: number;
    readonly stdout?: number;
    readonly stderr?: number;
    readonly env?: Readonly<Record<string, string>>;
  }
  export const platform: string;
  export const O_RDONLY: number;
  export const O_WRONLY: number;
  export const O_APPEND: number;
  export const O_CREAT: number;
  export const O_EXCL: number;
  export const S_IFMT: number;
  export const S_IFREG: number;
  export const S_IFDIR: number;
  export const S_IFLNK: number;
  export function open(path: string, flags: number, mode?: number): number;
  export function close(fd: number): number;
  export function read(fd: number, buffer: ArrayBuffer, offset: number, length: number): number;
  export function write(fd: number, buffer: ArrayBuffer, offset: number, length: number): number;
  export function lstat(path: string): [Stat, number];
  export function readlink(path: string): [string, number];
  export function readdir(path: string): [string[], number];
  export function mkdir(path: string, mode: number): number;
  export function symlink(target: string, path: string): number;
  export function rename(from: string, to: string): number;
  export function remove(path: string): number;
  export function exec(argv: readonly string[], options?: ExecOptions): number;
  export function sleep(milliseconds: number): void;
  export function now(): number;
}

/** The script's path as it was called, then its arguments. */
declare const scriptArgs: readonly [string, ...string[]];
