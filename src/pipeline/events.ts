import type { Outputs, Progress } from './stage.ts';

/** Why a stage is (or is not) run. */
export type Reason =
  | 'first time'
  | 'inputs changed'
  | 'interrupted before'
  | 'failed before'
  | 'result is gone'
  | 'asked for'
  | 'check'
  | 'an earlier stage was made anew';

/** What happens while a recipe runs. `--json` prints these objects, one per line. */
export type PipelineEvent =
  | { readonly event: 'plan'; readonly stages: readonly { readonly name: string; readonly title: string }[] }
  | { readonly event: 'stands'; readonly stage: string }
  | { readonly event: 'start'; readonly stage: string; readonly why: Reason; readonly log?: string }
  | ({ readonly event: 'progress'; readonly stage: string } & Progress)
  | { readonly event: 'say'; readonly stage: string; readonly text: string }
  | {
      readonly event: 'done';
      readonly stage: string;
      readonly seconds: number;
      readonly outputs: Outputs;
    }
  | { readonly event: 'failed'; readonly stage: string; readonly seconds: number; readonly problem: string }
  /** Everything asked for is there. `made` names the stages that had to run. */
  | { readonly event: 'finished'; readonly made: readonly string[]; readonly seconds: number };

/** Receives the events of a run and shows them. */
export interface Reporter {
  report(event: PipelineEvent): void;
  /** No more events will come, however the run ended. */
  close(): void;
}
