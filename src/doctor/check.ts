import { setTimeout as sleep } from 'node:timers/promises';
import { duration } from '../ground/duration.ts';
import { PodbsdError } from '../ground/errors.ts';
import { fileProblem } from '../ground/file-problem.ts';

/**
 * The result of a check. `warning`: it works, but not as well as it could. `problem`: something will fail because of
 * it. `skipped`: it could not be checked, or there is nothing to check.
 */
export type State = 'ok' | 'warning' | 'problem' | 'skipped';

/** What a check has found. */
export interface Verdict {
  readonly state: State;
  /** What was found, in words. */
  readonly finding: string;
  /** The command that fixes it, or what to do where no command can. */
  readonly repair?: string;
}

/** One thing that doctor checks. Checking changes nothing. */
export interface Check {
  /** Stable, for scripts: `host.podman`. */
  readonly id: string;
  readonly title: string;
  /** What this throws counts as a problem. */
  look(): Promise<Verdict>;
  /** Milliseconds that it may take, where that is not the usual limit: whole images are read. */
  readonly limitMs?: number;
  /** Sets it up: returns what was made or changed. */
  readonly setUp?: () => Promise<readonly string[]>;
  /** Undoes setUp: returns what was removed. */
  readonly undo?: () => Promise<readonly string[]>;
}

/** A row in a table of checks: the same on every system of its kind, given what was found there. */
export interface CheckRow<Facts> {
  readonly id: string;
  readonly title: string;
  /** Whether the check applies; without it it always does. */
  readonly applies?: (facts: Facts) => boolean;
  readonly look: (facts: Facts) => Verdict | Promise<Verdict>;
  readonly setUp?: (facts: Facts) => Promise<readonly string[]>;
  readonly undo?: (facts: Facts) => Promise<readonly string[]>;
}

/** The rows of a table that apply here, ready to be checked, set up or undone. */
export function checksOf<Facts>(table: readonly CheckRow<Facts>[], facts: Facts): Check[] {
  return table
    .filter((row) => row.applies?.(facts) ?? true)
    .map((row) => ({
      id: row.id,
      title: row.title,
      look: async () => await row.look(facts),
      ...(row.setUp === undefined ? {} : { setUp: async () => (await row.setUp?.(facts)) ?? [] }),
      ...(row.undo === undefined ? {} : { undo: async () => (await row.undo?.(facts)) ?? [] }),
    }));
}

/** Sets up what can be set up, in the table's order. */
export async function setUpAll(checks: readonly Check[]): Promise<string[]> {
  const changed: string[] = [];
  for (const check of checks) changed.push(...((await check.setUp?.()) ?? []));
  return changed;
}

/** Undoes setUpAll, in reverse order. */
export async function undoAll(checks: readonly Check[]): Promise<string[]> {
  const removed: string[] = [];
  for (const check of [...checks].reverse()) removed.push(...((await check.undo?.()) ?? []));
  return removed;
}

export interface Finding extends Verdict {
  readonly id: string;
  readonly title: string;
}

export function ok(finding: string): Verdict {
  return { state: 'ok', finding };
}

export function warning(finding: string, repair?: string): Verdict {
  return { state: 'warning', finding, ...(repair === undefined ? {} : { repair }) };
}

export function problem(finding: string, repair?: string): Verdict {
  return { state: 'problem', finding, ...(repair === undefined ? {} : { repair }) };
}

export function skipped(finding: string): Verdict {
  return { state: 'skipped', finding };
}

/** Milliseconds that a check may take. A guest under emulation needs seconds for an answer, a dead server never ends. */
const LIMIT = 60_000;

/**
 * Runs the checks one after the other. One that does not come to its end within the limit is a problem, and the next one
 * begins.
 * @param onFinding is called as each check ends.
 */
export async function examine(
  checks: readonly Check[],
  onFinding: (finding: Finding) => void,
  { signal, limitMs = LIMIT }: { readonly signal?: AbortSignal; readonly limitMs?: number } = {},
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const check of checks) {
    const { id, title } = check;
    signal?.throwIfAborted();
    const verdict = await within(check.limitMs ?? limitMs, check.look().catch(failed), signal);
    // An interruption is not a finding.
    signal?.throwIfAborted();
    const finding = { id, title, ...verdict };
    findings.push(finding);
    onFinding(finding);
  }
  return findings;
}

async function within(ms: number, looking: Promise<Verdict>, signal?: AbortSignal): Promise<Verdict> {
  const over = new AbortController();
  const ends = signal === undefined ? over.signal : AbortSignal.any([over.signal, signal]);
  const late = sleep(ms, undefined, { signal: ends, ref: true }).then(
    () =>
      problem(`no answer within ${duration(ms / 1000)}`, 'look why it hangs, then run podbsd doctor again'),
    () => skipped('stopped'),
  );
  try {
    return await Promise.race([looking, late]);
  } finally {
    over.abort();
  }
}

function failed(error: unknown): Verdict {
  return error instanceof PodbsdError
    ? problem(`${error.doing}: ${error.problem}`, error.remedy)
    : problem(fileProblem(error));
}
