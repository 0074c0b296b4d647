import * as z from 'zod';
import type { Argv, RunOptions, RunResult } from '../host/host.ts';

/** Anything that JSON can hold. */
export type Json =
  string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json | undefined };

/** Facts that a stage found out and later stages or the manifest need, e.g. the commit of a branch. */
export type Outputs = Readonly<Record<string, Json | undefined>>;

/** The schema of a stage that finds out nothing. */
export const nothing = z.object({});
export type Nothing = z.infer<typeof nothing>;

/**
 * One step of a recipe. The runner alone decides whether it runs, and keeps the journal, the log and the lock.
 *
 * `Output` is all that it finds out, and `Made` the part of it that is known before the check.
 */
export interface Stage<Output extends Outputs = Outputs, Made extends Outputs = Output> {
  /** One word: `--from NAME`, the log file and the journal use it. */
  readonly name: string;
  /** What it does, for people: `Install the FreeBSD jail`. */
  readonly title: string;
  /** The stages whose results it uses. When one of them is rebuilt, this one is too. */
  readonly needs: readonly Stage[];
  /** Makes nothing that lasts, so it runs whenever anything runs: the checks before the work. */
  readonly checksOnly?: boolean;
  /** What its outputs must look like. An entry of the journal that looks different counts as not there. */
  readonly outputs: z.ZodType<Output>;
  /** Everything that the result depends on besides the stages in `needs`. A change makes the result outdated. */
  inputs(): Json | Promise<Json>;
  /** Whether the result still exists. Read-only and quick. */
  stands(outputs: Output): Promise<boolean>;
  /** Makes the result. A dry run calls this too: commands are then printed, and answer nothing. */
  run(run: StageRun): Promise<Made>;
  /**
   * Proves that the result is what it should be and finds out the rest of what later stages need to know. Gets what
   * run() returned. A dry run has nothing to look at: it takes `assumed` instead.
   */
  check?(run: StageRun, made: Made): Promise<Omit<Output, keyof Made>>;
  /** What a dry run takes for the findings of the check. */
  readonly assumed?: Omit<Output, keyof Made>;
  /** Its progress, for `podbsd status` while it runs. Gets what the stage has noted so far. */
  progress?(noted: Outputs): Promise<Progress | undefined>;
  /** Cleans up what an interrupted attempt or an outdated result left behind; only what podbsd made. */
  sweep(run: StageRun): Promise<void>;
}

/** A stage as seen by those that depend on it: only its outputs matter. */
export type StageOf<Output extends Outputs> = Stage<Output, Outputs>;

/** How far a stage is. */
export interface Progress {
  /** What is being done now, e.g. `building lang/go124`. */
  readonly text: string;
  readonly done?: number;
  readonly total?: number;
  /** What is counted; without it things that have no unit. */
  readonly unit?: 'bytes';
  /** How many a second at present; without it the average since the stage began counts. */
  readonly rate?: number;
  /** Further counts worth showing, in order, e.g. `{ built: 12, failed: 0 }`. */
  readonly counts?: Readonly<Record<string, number>>;
}

/** What the runner gives to a stage while it works. */
export interface StageRun {
  /** Runs a program on the build host: its output goes to the stage's log, and it is stopped when the user stops. */
  exec(argv: Argv, options?: RunOptions): Promise<RunResult>;
  /** A line for the user and the log. */
  say(text: string): void;
  progress(progress: Progress): void;
  /** Notes something in the journal while the stage still runs, for `podbsd status` and a later sweep. */
  note(outputs: Outputs): Promise<void>;
  /** What an earlier stage found out, in this run or before. */
  output<Output extends Outputs>(stage: StageOf<Output>): Output;
  /** True when the last attempt had the same inputs and did not end: work that it finished may be kept. */
  readonly resuming: boolean;
  /** The stage's log on the machine that podbsd runs on. */
  readonly logFile: string;
  readonly signal: AbortSignal;
}
