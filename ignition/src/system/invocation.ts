import type { SignalName } from './events.ts';
import type { Argv } from './system.ts';

/** What a plugin needs beyond System: how it was called, and control of processes. */
export interface Invocation {
  /** A variable of our environment; empty when it is not set. */
  environment(name: string): string;
  /** All of standard input. */
  input(): string;
  /** Whether the process exists, and the signal was sent; without one it is only looked for. */
  signal(pid: number, name?: SignalName): boolean;
  /**
   * Starts a program that copies its input to its output, waits until it does, and keeps it until it is released or we
   * end in any way. For a program that waits for a lock first. undefined: it has ended without.
   */
  hold(argv: Argv): { release(): void } | undefined;
}
