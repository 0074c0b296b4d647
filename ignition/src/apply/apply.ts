import type { EnsureKeys, EnsureMount, Step } from '../plan/steps.ts';
import { describeStep } from '../plan/describe.ts';
import { messageOf } from '../system/system.ts';
import { applyGroup, applyMoveUid, applyRemoveUser, applyUser } from './accounts.ts';
import { trustConfigured } from './certificates.ts';
import type { Context } from './context.ts';
import { applyDirectory, applyFile, applyLink } from './files.ts';
import { applyHostName, applySettings } from './host-settings.ts';
import { applyKeys } from './keys.ts';
import { applyServiceEnvironment } from './service-environment.ts';
import { putShare } from './shares.ts';
import { applyApiPath, applyDockerSocket } from './sockets.ts';
import { applySudo } from './sudo.ts';
import { applyTimeZone } from './timezone.ts';

/** The outcome of one step. */
export interface StepResult {
  readonly step: Step;
  /** `notice`: done as far as possible, with something to report. */
  readonly outcome: 'done' | 'notice' | 'failed';
  readonly reason?: string;
}

/** Applies all steps in order. A failed step does not stop the rest: the more is in place, the easier the repair. */
export function apply(context: Context, steps: readonly Step[]): StepResult[] {
  return steps.map((step): StepResult => {
    try {
      const notice = applyStep(context, step);
      return notice === undefined ? { step, outcome: 'done' } : { step, outcome: 'notice', reason: notice };
    } catch (error) {
      const reason = failureOf(step, error);
      return { step, outcome: step.optional === true ? 'notice' : 'failed', reason };
    }
  });
}

function failureOf(step: Step, error: unknown): string {
  const what = step.kind === 'refusal' ? `${step.what} is refused` : describeStep(step);
  return `${what}: ${messageOf(error)}${step.pointer === undefined ? '' : ` (${step.pointer})`}`;
}

/** Answers what should be reported, or undefined. */
function applyStep(context: Context, step: Step): string | undefined {
  if (step.kind === 'mount') return applyMount(context, step);
  if (step.kind === 'keys') return applyKeys(context, step);
  change(context, step);
  return undefined;
}

function applyMount(context: Context, step: EnsureMount): string | undefined {
  const outcome = putShare(context, step);
  if (outcome.kind === 'mounted') return undefined;
  if (outcome.kind === 'not-offered') context.noShares = outcome.reason;
  return `the share ${step.tag} is not mounted at ${step.target}: ${outcome.reason}`;
}

function change(context: Context, step: Exclude<Step, EnsureMount | EnsureKeys>): void {
  switch (step.kind) {
    case 'refusal':
      throw new Error(step.reason);
    case 'remove-user':
      applyRemoveUser(context, step);
      return;
    case 'move-uid':
      applyMoveUid(context, step);
      return;
    case 'group':
      applyGroup(context, step);
      return;
    case 'user':
      applyUser(context, step);
      return;
    case 'sudo':
      applySudo(context, step);
      return;
    case 'directory':
      applyDirectory(context, step);
      return;
    case 'file':
      applyFile(context, step);
      return;
    case 'link':
      applyLink(context, step);
      return;
    case 'timezone':
      applyTimeZone(context, step);
      return;
    case 'hostname':
      applyHostName(context, step);
      return;
    case 'sysctl':
      applySettings(context, step);
      return;
    case 'api-path':
      applyApiPath(context, step);
      return;
    case 'docker-socket':
      applyDockerSocket(context);
      return;
    case 'certificates':
      trustConfigured(context, step.paths);
      return;
    case 'service-environment':
      applyServiceEnvironment(context, step);
      return;
  }
}
