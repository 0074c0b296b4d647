import { dirname } from 'node:path';
import { CommandError } from '../../host/command-error.ts';
import type { Argv } from '../../host/host.ts';
import { versionCommand } from './commands.ts';
import { parsePoudriereVersion, type PoudriereVersion } from './version.ts';
import type { StageRun } from '../../pipeline/stage.ts';
import { freeKib } from '../shared/free-space.ts';
import { foreignMount, mountsQuestion } from './dataset.ts';
import { isOfStart } from './remove.ts';
import type { PoudriereEnv } from './env.ts';
import { notFreebsd } from './refusal.ts';

/** What the build host reports about itself. */
export interface HostFacts {
  readonly uid: number;
  /** `amd64` or `aarch64`. */
  readonly processor: string;
  /** __FreeBSD_version of the running kernel. */
  readonly osreldate: number;
  /** Seconds since 1970. */
  readonly clock: number;
  /** Undefined when it is not installed. */
  readonly poudriere: PoudriereVersion | undefined;
  /** Programs of other packages that the build needs and that are not installed. */
  readonly missing: readonly string[];
  readonly pools: readonly string[];
  /** Where a dataset of the configured name is mounted that podbsd did not make. */
  readonly foreignMount: string | undefined;
  /** The nearest folder above the build directory that exists. */
  readonly existingFolder: string;
  readonly writable: boolean;
  /** KiB that are free there. */
  readonly freeKib: number;
  /** KiB that are free in the pool, where the jail and the packages are; it may be another place. */
  readonly poolFreeKib: number;
  /** Whether a build has been begun there before. */
  readonly begun: boolean;
  /** What lies in the build directory although podbsd has never worked there. */
  readonly foreign: readonly string[];
}

/**
 * Asks the build host.
 * @throws PodbsdError at once when it is not FreeBSD: the other questions would make no sense there.
 */
export async function askHost(env: PoudriereEnv, run: StageRun): Promise<HostFacts> {
  const { host, paths } = env;
  const { pool, dataset } = env.config.build;
  const ask = (argv: Argv): Promise<string | undefined> => answer(run, argv);
  const system = await ask(['uname', '-s']);
  // A dry run without a machine behind it gets no answer, and plans on.
  if (system !== '' && system !== 'FreeBSD') throw notFreebsd(host.name, system ?? 'unknown');
  const uid = await ask(['id', '-u']);
  const processor = await ask(['uname', '-p']);
  const osreldate = await ask(['sysctl', '-n', 'kern.osreldate']);
  const clock = await ask(['date', '-u', '+%s']);
  const poudriere = await ask(versionCommand);
  const git = await ask(['git', '--version']);
  const pkg = await ask(['pkg', '-v']);
  const pools = await ask(['zpool', 'list', '-H', '-o', 'name']);
  const mounts = await ask(mountsQuestion(pool, dataset));
  const existingFolder = await nearestFolder(env, paths.directory);
  const writable = await canWrite(run, existingFolder);
  const space = await ask(['df', '-k', '-P', existingFolder]);
  const poolSpace = await ask(['zfs', 'get', '-H', '-p', '-o', 'value', 'available', pool]);
  const begun = (await host.stat(`${paths.directory}/journal.json`)) !== undefined;
  const entries = (await host.list(paths.directory)) ?? [];
  return {
    uid: Number(uid),
    processor: processor ?? '',
    osreldate: Number(osreldate),
    clock: Number(clock),
    poudriere: poudriere === undefined ? undefined : parsePoudriereVersion(poudriere),
    missing: [...(git === undefined ? ['git'] : []), ...(pkg === undefined ? ['pkg'] : [])],
    pools: words(pools),
    foreignMount: foreignMount(mounts ?? '', paths),
    existingFolder,
    writable,
    freeKib: freeKib(space ?? ''),
    poolFreeKib: Number(poolSpace) / 1024,
    begun,
    // A podbsd that was killed at its very start has left its lock and a half-written journal; a UFS of its own has .snap.
    foreign: begun ? [] : entries.filter((name) => !isOfStart(name) && name !== '.snap'),
  };
}

/** The output of a program; '' when it fails, undefined when there is no such program. */
async function answer(run: StageRun, argv: Argv): Promise<string | undefined> {
  try {
    return (await run.exec(argv, { readOnly: true })).stdout.trim();
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    // The shell of an SSH login reports it as 127.
    const { kind, exitCode } = error.failure;
    return kind !== 'exit' || exitCode === 127 ? undefined : '';
  }
}

async function canWrite(run: StageRun, folder: string): Promise<boolean> {
  const { exitCode } = await run.exec(['test', '-w', folder], { readOnly: true, okCodes: [0, 1] });
  return exitCode === 0;
}

async function nearestFolder(env: PoudriereEnv, folder: string): Promise<string> {
  for (let path = folder; path !== '/'; path = dirname(path))
    if ((await env.host.stat(path)) !== undefined) return path;
  return '/';
}

function words(text: string | undefined): readonly string[] {
  return (text ?? '').split('\n').filter((line) => line !== '');
}
