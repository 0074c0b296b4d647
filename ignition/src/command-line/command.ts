import type { System } from '../system/system.ts';
import type { CommandLine, Grammar, Option } from './read.ts';

/** A command of the agent. Its help and the parsing of its command line are derived from this. */
export interface Command extends Grammar {
  readonly name: string;
  /** One line for the list of commands, without a full stop. */
  readonly summary: string;
  /** More details: exit codes, files. */
  readonly details: string;
  /** Whole command lines. */
  readonly examples: readonly string[];
  /** Only looks, so that it may run on any system; all others run in a FreeBSD guest only. */
  readonly anywhere?: boolean;
  /** For programs of podbsd, not for people: it is in no list. */
  readonly hidden?: boolean;
  /** Answers the exit code. */
  run(system: System, line: CommandLine): number;
}

/** A program that the agent is when it is called by its name. It reads its own command line, whole, before it acts. */
export interface Program {
  readonly name: string;
  /** One line or more, shown when the command line is wrong. */
  readonly usage: string;
  /** The exit code of the real program for a wrong command line. */
  readonly usageCode: number;
  /** @throws UsageError when the command line is wrong. Answers the exit code. */
  run(system: System, args: readonly string[]): number;
}

export const jsonOption: Option = { names: ['--json'], what: 'print JSON' };
export const helpOption: Option = { names: ['--help', '-h'], what: 'print this help' };
