import type { CheckOptions, OverlayProblem } from '../problem.ts';
import type { OverlayMember } from '../scan.ts';

/** Finds all problems of one kind in an overlay. */
export type Rule = (members: readonly OverlayMember[], options: CheckOptions) => OverlayProblem[];

export const error = (path: string, problem: string): OverlayProblem => ({
  severity: 'error',
  path,
  problem,
});
export const warning = (path: string, problem: string): OverlayProblem => ({
  severity: 'warning',
  path,
  problem,
});

export const each =
  (judge: (member: OverlayMember, path: string) => OverlayProblem | undefined): Rule =>
  (members) =>
    members
      .filter(({ kind }) => kind !== 'other')
      .map((one) => judge(one, one.path))
      .filter((found) => found !== undefined);
