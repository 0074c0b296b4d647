import { join } from 'node:path';
import { PodbsdError } from '../ground/errors.ts';
import type { Host } from '../host/host.ts';
import type { Reporter } from './events.ts';
import { stageFailure } from './failure.ts';
import { Journal, type JournalEntry } from './journal.ts';
import { lockOf, takeLock } from './lock.ts';
import { judge, select, type Judgement, type Range, type Selected } from './plan.ts';
import { beginLog, notThere, stageRun } from './stage-run.ts';
import type { Outputs, Progress, Stage, StageOf, StageRun } from './stage.ts';

export interface Pipeline {
  readonly host: Host;
  readonly stages: readonly Stage[];
  /** Folder on the build host that holds the journal and all results. */
  readonly directory: string;
  /** Folder on this machine for one log per stage. */
  readonly logs: string;
  readonly range: Range;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
  /** Ends programs that an earlier podbsd started here and that outlived it. Called once, under the lock. */
  readonly stopOrphans: (run: StageRun) => Promise<void>;
}

export interface PipelineResult {
  /** The stages that had to run, in order. */
  readonly made: readonly string[];
  /** What each stage found out, now or in an earlier run. */
  readonly outputs: Readonly<Record<string, Outputs>>;
}

/** Runs the stages that have to run, each once, in order. A second run with the same inputs does nothing. */
export async function runPipeline(pipeline: Pipeline): Promise<PipelineResult> {
  const { reporter, stages, range } = pipeline;
  const started = Date.now();
  const selected = select(stages, range);
  reporter.report({ event: 'plan', stages: selected.map(({ stage: { name, title } }) => ({ name, title })) });
  const runner = new Runner(pipeline, await Journal.read(pipeline.host, pipeline.directory));
  try {
    const made = (await runner.standsWhole(selected)) ? [] : await runner.runAll(selected);
    reporter.report({ event: 'finished', made, seconds: (Date.now() - started) / 1000 });
    return { made, outputs: runner.allOutputs() };
  } finally {
    reporter.close();
  }
}

class Runner {
  readonly #pipeline: Pipeline;
  #journal: Journal;
  /** Outputs of the stages that this run has passed; a dry run keeps them here only. */
  readonly #outputs = new Map<string, Outputs>();
  readonly #made = new Set<string>();

  constructor(pipeline: Pipeline, journal: Journal) {
    this.#pipeline = pipeline;
    this.#journal = journal;
  }

  allOutputs(): Record<string, Outputs> {
    return Object.fromEntries(this.#outputs);
  }

  /** Whether every result is there already. Read-only: no lock is taken, and the host is not checked. */
  async standsWhole(selected: readonly Selected[]): Promise<boolean> {
    const work = selected.filter(({ stage }) => stage.checksOnly !== true);
    // Nothing but checks was asked for.
    if (work.length === 0) return false;
    for (const item of work) {
      if ((await this.#judge(item)).why !== undefined) return false;
      this.#outputs.set(item.stage.name, this.#known(item.stage));
    }
    for (const { stage } of work) this.#pipeline.reporter.report({ event: 'stands', stage: stage.name });
    return true;
  }

  async runAll(selected: readonly Selected[]): Promise<readonly string[]> {
    this.#outputs.clear();
    const { host, directory } = this.#pipeline;
    // Checks come first and without the lock: a host that cannot do the work is left untouched.
    for (const item of selected.filter(({ stage }) => stage.checksOnly === true)) await this.#runOne(item);
    const work = selected.filter(({ stage }) => stage.checksOnly !== true);
    if (work.length === 0) return [];
    const lock = await takeLock(host, lockOf(directory));
    try {
      this.#journal = await Journal.read(host, directory);
      await this.#stopOrphans(selected);
      for (const item of work) await this.#runOne(item);
      return [...this.#made];
    } finally {
      await lock.release();
    }
  }

  async #judge(item: Selected): Promise<Judgement> {
    return await judge(item, this.#journal, (stage) => this.#outputs.get(stage.name) ?? {}, this.#made);
  }

  /** The outputs of a stage whose result is still valid. */
  #known(stage: Stage): Outputs {
    return this.#journal.outputsOf(stage) ?? notThere(stage.name);
  }

  async #stopOrphans(selected: readonly Selected[]): Promise<void> {
    const interrupted = selected.find(({ stage }) => this.#journal.get(stage.name)?.state === 'running');
    if (interrupted !== undefined)
      await this.#pipeline.stopOrphans(this.#runOf(interrupted.stage, false, async () => {}));
  }

  async #runOne(item: Selected): Promise<void> {
    const { stage } = item;
    const { reporter } = this.#pipeline;
    this.#pipeline.signal.throwIfAborted();
    const judged = await this.#judge(item);
    if (judged.why === undefined) {
      this.#outputs.set(stage.name, this.#known(stage));
      reporter.report({ event: 'stands', stage: stage.name });
      return;
    }
    const log = stage.checksOnly === true ? {} : { log: this.#logOf(stage) };
    reporter.report({ event: 'start', stage: stage.name, why: judged.why, ...log });
    const began = Date.now();
    const seconds = (): number => (Date.now() - began) / 1000;
    try {
      const outputs = await this.#attempt(stage, judged);
      reporter.report({ event: 'done', stage: stage.name, seconds: seconds(), outputs });
    } catch (error) {
      const problem = error instanceof PodbsdError ? error.problem : String(error);
      reporter.report({ event: 'failed', stage: stage.name, seconds: seconds(), problem });
      throw error;
    }
  }

  /** Sweeps, runs and records the outcome. The journal says `running` before anything is touched. */
  async #attempt(stage: Stage, { fingerprint, resuming }: Judgement): Promise<Outputs> {
    const { signal } = this.#pipeline;
    const log = this.#logOf(stage);
    let entry: JournalEntry = {
      state: 'running',
      fingerprint,
      outputs: resuming ? (this.#journal.get(stage.name)?.outputs ?? {}) : {},
      started: new Date().toISOString(),
      log,
    };
    const write = async (change: Partial<JournalEntry>): Promise<void> => {
      entry = { ...entry, ...change };
      if (stage.checksOnly !== true) await this.#journal.set(stage.name, entry);
    };
    const ended = (): { ended: string } => ({ ended: new Date().toISOString() });
    const run = this.#runOf(stage, resuming, (outputs) =>
      write({ outputs: { ...entry.outputs, ...outputs } }),
    );
    try {
      if (stage.checksOnly !== true) await beginLog(this.#pipeline.host, log);
      await write({});
      await stage.sweep(run);
      const outputs = await this.#runAndCheck(stage, run);
      signal.throwIfAborted();
      await write({ state: 'done', outputs, ...ended() });
      this.#outputs.set(stage.name, outputs);
      if (stage.checksOnly !== true) this.#made.add(stage.name);
      return outputs;
    } catch (error) {
      const failure = stageFailure(error, stage, log, signal);
      const state = signal.aborted ? 'interrupted' : 'failed';
      // When the host cannot be reached any more, the journal keeps saying `running`, from which a run resumes just as
      // well.
      await write({ state, problem: failure.problem, ...ended() }).catch(() => undefined);
      throw failure;
    }
  }

  async #runAndCheck(stage: Stage, run: StageRun): Promise<Outputs> {
    const made = await stage.run(run);
    const found = this.#pipeline.host.dryRun ? stage.assumed : await stage.check?.(run, made);
    return stage.outputs.parse({ ...made, ...found });
  }

  #logOf(stage: Stage): string {
    return join(this.#pipeline.logs, `${stage.name}.log`);
  }

  #runOf(stage: Stage, resuming: boolean, note: (outputs: Outputs) => Promise<void>): StageRun {
    const { host, reporter, signal } = this.#pipeline;
    const given = {
      say: (text: string) => reporter.report({ event: 'say', stage: stage.name, text }),
      progress: (progress: Progress) =>
        reporter.report({ event: 'progress', stage: stage.name, ...progress }),
      note,
      // Each was parsed with the schema of its stage.
      output: <Output extends Outputs>({ name }: StageOf<Output>) =>
        (this.#outputs.get(name) ?? notThere(name)) as Output,
      resuming,
      logFile: this.#logOf(stage),
      signal,
    };
    return stageRun(host, given, { keepsLog: stage.checksOnly !== true });
  }
}
