import { CommandError } from '../../host/command-error.ts';
import type { Host } from '../../host/host.ts';
import type { StageRun } from '../../pipeline/stage.ts';
import type { BuildPaths } from './paths.ts';

export interface Checkout {
  readonly url: string;
  readonly branch: string;
  /** Full hash; without it the newest commit of the branch is taken. */
  readonly commit?: string | undefined;
}

/** git must not prompt: in an unattended build a password prompt would wait for ever. */
const quiet = { env: { GIT_TERMINAL_PROMPT: '0', LC_ALL: 'C' } };

/**
 * Checks out one commit of a repository into a folder, without history. An existing checkout is reused, and local
 * changes (an earlier patch) are dropped.
 */
export async function checkOut(
  run: StageRun,
  { running }: Pick<BuildPaths, 'running'>,
  folder: string,
  wanted: Checkout,
): Promise<void> {
  const git = ['git', '-C', folder] as const;
  // Harmless where it is one already. Without it git would look for a repository further up, and change that one.
  await run.exec(['git', 'init', '-q', folder], quiet);
  await fetchCommit(run, running, folder, wanted);
  await run.exec([...git, 'checkout', '-q', '--force', '--detach', wanted.commit ?? 'FETCH_HEAD'], quiet);
  await run.exec([...git, 'clean', '-q', '-ffdx'], quiet);
}

/** Not every server serves a commit by its hash; then the whole branch is fetched. */
async function fetchCommit(run: StageRun, outlives: string, folder: string, wanted: Checkout): Promise<void> {
  const fetch = ['git', '-C', folder, 'fetch', '--progress', '--no-tags'] as const;
  const shallow = [...fetch, '--depth', '1', wanted.url, wanted.commit ?? wanted.branch] as const;
  const options = { ...quiet, onLine: showProgress(run), outlives };
  try {
    await run.exec(shallow, options);
  } catch (error) {
    const refused =
      error instanceof CommandError &&
      /not our ref|unadvertised object|no such remote ref/i.test(error.failure.stderr);
    if (wanted.commit === undefined || !refused) throw error;
    await run.exec([...fetch, wanted.url, wanted.branch], options);
  }
}

/** A git that was killed leaves its locks, and nothing else of ours works in these checkouts. */
export async function removeLocks(host: Host, folder: string): Promise<void> {
  for (const name of (await host.list(`${folder}/.git`)) ?? [])
    if (name.endsWith('.lock')) await host.remove(`${folder}/.git/${name}`);
}

/** The commit that a folder is at. */
export async function headCommit(run: StageRun, folder: string): Promise<string> {
  return (await run.exec(['git', '-C', folder, 'rev-parse', 'HEAD'], { readOnly: true })).stdout.trim();
}

/** Picks the newest commits of a branch of another repository on top of what is checked out. */
export async function cherryPick(
  run: StageRun,
  folder: string,
  from: { readonly url: string; readonly branch: string; readonly commits: number },
): Promise<void> {
  const git = ['git', '-C', folder] as const;
  const depth = String(from.commits + 1);
  await run.exec([...git, 'fetch', '--progress', '--no-tags', '--depth', depth, from.url, from.branch], {
    ...quiet,
    onLine: showProgress(run),
  });
  // What an interrupted attempt has left would be in the way; the checkout has put the files back already.
  await run.exec([...git, 'cherry-pick', '--quit'], quiet);
  const identity = ['-c', 'user.name=podbsd', '-c', 'user.email=podbsd@localhost'] as const;
  await run.exec(
    ['git', '-C', folder, ...identity, 'cherry-pick', `FETCH_HEAD~${from.commits}..FETCH_HEAD`],
    quiet,
  );
}

/** Applies a patch file that lies on the build host. */
export async function applyPatch(run: StageRun, folder: string, patch: string): Promise<void> {
  await run.exec(['git', '-C', folder, 'apply', '--index', patch], quiet);
}

/** git's own words: `Receiving objects:  42% (420/1000)`. */
function showProgress(run: StageRun): (line: string) => void {
  return (line) => {
    const found = /([A-Z][a-z]+ [a-z]+):\s+\d+% \((\d+)\/(\d+)\)/.exec(line);
    if (found === null) return;
    run.progress({ text: found[1] ?? '', done: Number(found[2]), total: Number(found[3]) });
  };
}
