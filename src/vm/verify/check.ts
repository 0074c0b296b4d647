import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../ground/errors.ts';
import type { Guest } from './guest.ts';

/** One line of the contract between podman and its guest. */
export interface Check {
  /** Stable, for scripts. */
  readonly id: string;
  readonly title: string;
  /** Ids of checks without which this one has no meaning; it is skipped when one of them has not passed. */
  readonly needs: readonly string[];
  /** It has a time limit of its own; the others are given the guest's `answerMs`. */
  readonly ownTime?: true;
  /** Throws when the guest does not keep the contract. Returns what is worth showing beside the title. */
  run(guest: Guest): Promise<string | undefined>;
}

/** Milliseconds; far more than any check takes under emulation. */
const ANSWER_TIMEOUT = 120_000;

export interface CheckResult {
  readonly id: string;
  readonly title: string;
  readonly state: 'passed' | 'failed' | 'skipped';
  /** Wall time. */
  readonly seconds: number;
  /** Passed: what was seen. Failed: what is wrong. Skipped: which check it needs. */
  readonly detail?: string;
}

/**
 * Runs checks one after the other; a failed one does not stop those that do not need it.
 *
 * @param onResult is called as each check ends, `onBegin` as each begins.
 */
export async function runChecks(
  checks: readonly Check[],
  guest: Guest,
  onResult: (result: CheckResult) => void,
  {
    signal,
    onBegin,
  }: {
    readonly signal?: AbortSignal | undefined;
    readonly onBegin?: ((title: string) => void) | undefined;
  } = {},
): Promise<CheckResult[]> {
  const results: CheckResult[] = [];
  const passed = new Set<string>();
  for (const check of checks) {
    signal?.throwIfAborted();
    onBegin?.(check.title);
    const result = await runCheck(check, guest, passed);
    // An interrupted check has not failed.
    signal?.throwIfAborted();
    if (result.state === 'passed') passed.add(check.id);
    results.push(result);
    onResult(result);
  }
  return results;
}

async function runCheck(check: Check, guest: Guest, passed: ReadonlySet<string>): Promise<CheckResult> {
  const { id, title } = check;
  const missing = check.needs.find((need) => !passed.has(need));
  if (missing !== undefined) return { id, title, state: 'skipped', seconds: 0, detail: `needs ${missing}` };
  const started = performance.now();
  const seconds = (): number => Math.round((performance.now() - started) / 100) / 10;
  try {
    const detail = await (check.ownTime === true ? check.run(guest) : inTime(check, guest));
    return { id, title, state: 'passed', seconds: seconds(), ...(detail === undefined ? {} : { detail }) };
  } catch (error) {
    return { id, title, state: 'failed', seconds: seconds(), detail: messageOf(error) };
  }
}

/** What exceeds the limit keeps running in the guest; nothing waits for it. */
async function inTime(check: Check, guest: Guest): Promise<string | undefined> {
  const { answerMs = ANSWER_TIMEOUT } = guest.patience;
  const timer = new AbortController();
  const late = sleep(answerMs, undefined, { signal: timer.signal }).then(() => {
    throw new Error(`the guest has not answered for ${answerMs / 1000} s`);
  });
  late.catch(() => undefined);
  try {
    return await Promise.race([check.run(guest), late]);
  } finally {
    timer.abort();
  }
}
