import type { Step } from '../plan/steps.ts';
import { describeStep } from '../plan/describe.ts';
import { messageOf } from '../system/system.ts';
import { applyGroup, applyMoveUid, applyRemoveUser, applyUser } from './accounts.ts';
import { trustConfigured } from './certificates.ts';
import type { Context } from './context.ts';
import { applyDirectory, applyFile, applyLink } from './files.ts';
import { applyKeys } from './keys.ts';
import { applyServiceEnvironment } from './service-environment.ts';
import { putShare } from './shares.ts';
import { applyApiPath, applyDockerSocket } from './sockets.ts';
import { applySudo } from './sudo.ts';
import { applyTimeZone } from './timezone.ts';

/** What came of one step. */
export interface StepResult {
  readonly step: Step;
  /** `notice`: done as far as it can be, and somebody should know. */
  readonly outcome: 'done' | 'notice' | 'failed';
  readonly reason?: string;
}

/** Applies all steps in order. One that fails does not hold up the rest: the more is in place, the easier to repair. */
export function apply(context: Context, steps: readonly Step[]): StepResult[] {
  return steps.map((step): StepResult => {
    try {
      const notice = applyStep(context, step);
      return notice === undefined ? { step, outcome: 'done' } : { step, outcome: 'notice', reason: notice };
    } catch (error) {
      const reason = `${describeStep(step)}: ${messageOf(error)}${step.pointer === undefined ? '' : ` (${step.pointer})`}`;
      return { step, outcome: step.optional === true ? 'notice' : 'failed', reason };
    }
  });
}

/** Answers what somebody should know, or undefined. */
function applyStep(context: Context, step: Step): string | undefined {
  switch (step.kind) {
    case 'refusal':
      throw new Error(step.reason);
    case 'remove-user':
      return void applyRemoveUser(context, step);
    case 'move-uid':
      return void applyMoveUid(context, step);
    case 'group':
      return void applyGroup(context, step);
    case 'user':
      return void applyUser(context, step);
    case 'keys':
      return void applyKeys(context, step);
    case 'sudo':
      return void applySudo(context, step);
    case 'directory':
      return void applyDirectory(context, step);
    case 'file':
      return void applyFile(context, step);
    case 'link':
      return void applyLink(context, step);
    case 'timezone':
      return void applyTimeZone(context, step);
    case 'api-path':
      return void applyApiPath(context, step);
    case 'docker-socket':
      return void applyDockerSocket(context);
    case 'certificates':
      return void trustConfigured(context, step.paths);
    case 'service-environment':
      return void applyServiceEnvironment(context, step);
    case 'mount': {
      const outcome = putShare(context, step);
      if (outcome.kind === 'mounted') return undefined;
      const place = `${step.tag} is not mounted at ${step.target}`;
      if (outcome.kind === 'kept') return `${place}: ${outcome.reason}`;
      return `${place}: the host offers it by virtiofs only, which FreeBSD cannot use; run "podbsd setup-podman" on the host`;
    }
  }
}
