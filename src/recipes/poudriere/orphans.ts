import { ExitCode, PodbsdError } from '../../ground/errors.ts';
import { until } from '../../ground/until.ts';
import type { BuildPaths } from './paths.ts';
import type { StageRun } from '../../pipeline/stage.ts';
import type { PoudriereEnv } from './env.ts';

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly args: string;
}

/** Poudriere needs minutes to take down its jails. */
const PATIENCE_MS = 10 * 60 * 1000;
const LOOK_EVERY_MS = 500;

/**
 * A podbsd that was killed outright (or lost its connection) leaves the program that it had started running. Two
 * programs at work on the same jail would corrupt it, so the old one is asked to end and waited for. Called under the
 * lock: no other podbsd is at work here.
 */
export async function stopOrphans(env: PoudriereEnv, run: StageRun): Promise<void> {
  const orphans = ours(await processes(run), env.paths);
  if (orphans.length > 0) await end(env, run, orphans);
  if ((await env.host.stat(env.paths.running)) !== undefined) await env.host.remove(env.paths.running);
}

async function end(env: PoudriereEnv, run: StageRun, orphans: readonly Process[]): Promise<void> {
  const pids = new Set(orphans.map(({ pid }) => pid));
  const first = orphans.filter(({ parent }) => !pids.has(parent));
  for (const { pid, args } of first) {
    run.say(`ending what an interrupted run left running: process ${pid}, ${args.slice(0, 100)}`);
    // It may have ended by itself meanwhile.
    await run.exec(['kill', '-TERM', String(pid)], { okCodes: [0, 1] });
  }
  await env.host.perform('wait until they have ended', async () => {
    const gone = async (): Promise<true | undefined> =>
      (await processes(run)).some(({ pid }) => pids.has(pid)) ? undefined : true;
    if ((await until(gone, { every: LOOK_EVERY_MS, within: PATIENCE_MS, signal: run.signal })) === true)
      return;
    throw new PodbsdError({
      doing: 'ending what an interrupted run left running',
      problem: `it does not end: process ${first.map(({ pid }) => pid).join(', ')} on ${env.host.name}`,
      remedy: 'end it by hand, then run the same command again',
      exitCode: ExitCode.locked,
    });
  });
}

async function processes(run: StageRun): Promise<readonly Process[]> {
  const argv = ['ps', '-axww', '-o', 'pid=', '-o', 'ppid=', '-o', 'args='] as const;
  const { stdout } = await run.exec(argv, { readOnly: true });
  return stdout.split('\n').flatMap((line) => {
    const [, pid, parent, args = ''] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    return pid === undefined ? [] : [{ pid: Number(pid), parent: Number(parent), args }];
  });
}

/**
 * The long-running programs that podbsd starts, when they work on this build directory or on podbsd's jail. Poudriere
 * drops `-e DIR` from its arguments; what stays is `.../poudriere/bulk.sh -j podbsd ...`.
 */
function ours(all: readonly Process[], { directory, names }: BuildPaths): readonly Process[] {
  return all.filter(({ args }) => {
    const words = args.split(' ');
    // The shell that waits for a program (csh for an SSH login, sh for one that outlives it) has all of its words.
    if (/(^|\/)\w*sh$/.test(words[0] ?? '') && words[1] === '-c') return false;
    // Poudriere's helpers say whose they are instead of how they were called.
    if (args.includes(`poudriere[${names.master}]`)) return true;
    const program = words.some((word) => /(^|\/)(poudriere|git|make)$|\/poudriere\/\w+\.sh$/.test(word));
    const onJail = words.some((word, index) => word === '-j' && words[index + 1] === names.jail);
    const inDirectory = words.some((word) => word.replace(/^[\w.]+=/, '').startsWith(`${directory}/`));
    return program && (onJail || inDirectory);
  });
}
