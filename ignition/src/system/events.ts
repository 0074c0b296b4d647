import type { Argv } from './system.ts';

/**
 * What a service needs beyond System, whose calls wait until they are done: to wait for several things at once.
 * quickjs-events.ts does it with the engine's event loop.
 */
export interface Events {
  /**
   * Runs a program with the same small environment as System.run, an empty standard input, and goes on. Nothing is
   * thrown when there is no such program: it ends with 127.
   */
  start(argv: Argv, handlers: ChildHandlers): Child;
  /** Calls `action` once, after this many milliseconds, whatever the system clock is set to meanwhile. */
  after(milliseconds: number, action: () => void): Timer;
  /** Called when somebody asks this program to end (SIGTERM, SIGINT). */
  onTerminate(action: () => void): void;
  /** Our own process. */
  readonly pid: number;
}

export interface ChildHandlers {
  /** Each whole line of standard output, without its end; what is over a mebibyte long is left out. */
  onLine?(line: string): void;
  /** Standard error is read with standard output; otherwise it is lost. */
  readonly errorsToo?: boolean;
  /** Called once, after the last line: the exit code, or 128 + N when signal N ended it. */
  onExit(code: number): void;
}

export interface Child {
  readonly pid: number;
  signal(name: SignalName): void;
}

export interface Timer {
  cancel(): void;
}

/** The numbers are the same on FreeBSD and Linux. */
export const signalNumbers = { HUP: 1, KILL: 9, TERM: 15 } as const;
export type SignalName = keyof typeof signalNumbers;
