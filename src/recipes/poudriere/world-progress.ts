import type { StageRun } from '../../pipeline/stage.ts';

/**
 * FreeBSD's top-level make announces its steps between rules of dashes:
 * `>>> stage 4.2: building libraries`, `>>> Kernel build for GENERIC started on ...`.
 */
export function worldProgress(run: StageRun, goal: string): (line: string) => void {
  return (line) => {
    const step = /^>>> (.+)$/.exec(line)?.[1];
    if (step !== undefined) run.progress({ text: `${goal}: ${step}` });
  };
}
