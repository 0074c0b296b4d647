// What the event loop and the programs of containers use of QuickJS's own modules, beyond quickjs-modules.d.ts.

declare module 'std' {
  const input: FILE;
  export { input as in };
  export function getenv(name: string): string | undefined;
}

declare module 'os' {
  /** Opaque. */
  export interface OsTimer {
    readonly osTimer: unique symbol;
  }
  export const WNOHANG: number;
  export const SIGCHLD: number;
  export const SIGTERM: number;
  export const SIGINT: number;
  export const SIGPIPE: number;
  export function pipe(): [readEnd: number, writeEnd: number] | null;
  export function setReadHandler(fd: number, handler: (() => void) | null): void;
  export function setTimeout(action: () => void, milliseconds: number): OsTimer;
  export function clearTimeout(timer: OsTimer): void;
  export function signal(signal: number, handler: (() => void) | null | undefined): void;
  /** The pid, 0 when WNOHANG finds nothing, or a negated errno; then the raw status of wait(2). */
  export function waitpid(pid: number, options: number): [pid: number, status: number];
  export function kill(pid: number, signal: number): number;
  export function getpid(): number;
}
