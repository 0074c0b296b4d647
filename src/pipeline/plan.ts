import { ExitCode, PodbsdError } from '../ground/errors.ts';
import { closest } from '../ground/suggest.ts';
import type { Reason } from './events.ts';
import { fingerprint } from './fingerprint.ts';
import type { Journal } from './journal.ts';
import type { Outputs, Stage } from './stage.ts';

/** Which part of a recipe is asked for. */
export interface Range {
  /** `--from`: this stage and everything after it is rebuilt. */
  readonly from?: string | undefined;
  /** `--until`: nothing after this stage is made. */
  readonly until?: string | undefined;
}

export interface Selected {
  readonly stage: Stage;
  /** True from the stage named by `--from` on. */
  readonly forced: boolean;
}

/** The stages up to `--until`, in order. */
export function select(stages: readonly Stage[], range: Range): readonly Selected[] {
  const indexOf = (name: string | undefined, option: string): number | undefined => {
    if (name === undefined) return undefined;
    const index = stages.findIndex((stage) => stage.name === name);
    if (index < 0) throw unknownStage(name, option, stages);
    return index;
  };
  const from = indexOf(range.from, '--from') ?? stages.length;
  const until = indexOf(range.until, '--until') ?? stages.length - 1;
  if (range.from !== undefined && from > until)
    throw new PodbsdError({
      doing: `reading --from ${range.from} --until ${range.until ?? ''}`,
      problem: `${range.from} comes after ${range.until ?? ''}, so nothing would be rebuilt`,
      remedy: `the stages in order are: ${stages.map((stage) => stage.name).join(', ')}`,
      exitCode: ExitCode.usage,
    });
  return stages.slice(0, until + 1).map((stage, index) => ({ stage, forced: index >= from }));
}

/** What is known about a stage before it runs. */
export interface Judgement {
  /** Undefined when the result is still valid and nothing has to be done. */
  readonly why: Reason | undefined;
  readonly fingerprint: string;
  /** True when the last attempt began with the same inputs and did not end. */
  readonly resuming: boolean;
}

/**
 * Decides whether a stage has to run.
 * @param made the stages that this run has made (or would make) already.
 */
export async function judge(
  selected: Selected,
  journal: Journal,
  outputsOf: (stage: Stage) => Outputs,
  made: ReadonlySet<string>,
): Promise<Judgement> {
  const { stage, forced } = selected;
  const needed = Object.fromEntries(stage.needs.map((need) => [need.name, outputsOf(need)]));
  const needs = Object.fromEntries(
    stage.needs.map(({ name }) => [name, journal.get(name)?.fingerprint ?? null]),
  );
  const print = fingerprint({ inputs: await stage.inputs(), needs, outputs: needed });
  const entry = journal.get(stage.name);
  const same = entry?.fingerprint === print;
  const resuming = same && entry.state !== 'done' && !forced;
  const why = async (): Promise<Reason | undefined> => {
    if (stage.checksOnly === true) return 'check';
    if (forced) return 'asked for';
    if (entry === undefined) return 'first time';
    if (entry.state === 'running' || entry.state === 'interrupted') return 'interrupted before';
    if (entry.state === 'failed') return 'failed before';
    if (stage.needs.some(({ name }) => made.has(name))) return 'an earlier stage was made anew';
    if (!same) return 'inputs changed';
    const outputs = journal.outputsOf(stage);
    if (outputs === undefined) return 'first time';
    return (await stage.stands(outputs)) ? undefined : 'result is gone';
  };
  return { why: await why(), fingerprint: print, resuming };
}

function unknownStage(name: string, option: string, stages: readonly Stage[]): PodbsdError {
  const names = stages.map((stage) => stage.name);
  const meant = closest(name, names);
  return new PodbsdError({
    doing: `reading ${option} ${name}`,
    problem: `there is no stage ${name}${meant === undefined ? '' : `; did you mean ${meant}?`}`,
    remedy: `the stages are: ${names.join(', ')}`,
    exitCode: ExitCode.usage,
  });
}
