import type { Stage, StageRun } from '../../pipeline/stage.ts';
import { deleteJail, forgetPorts } from '../poudriere/commands.ts';
import type { BuildPaths } from '../poudriere/paths.ts';
import { foreignMount, mountsQuestion } from '../poudriere/dataset.ts';
import { prepareEtc, type BuildEnv } from '../poudriere/env.ts';
import { stopOrphans } from '../poudriere/orphans.ts';

/** Ends what an interrupted run left at work and clears away half-made results; what is finished stays. */
export async function cleanLeftovers(
  env: BuildEnv,
  unfinished: readonly Stage[],
  run: StageRun,
): Promise<void> {
  await stopOrphans(env, run);
  // Last first: a later stage's leftovers use what an earlier stage has made.
  for (const stage of [...unfinished].reverse()) await stage.sweep(run);
}

/** Everything that a build puts into its directory; what else may lie there is not ours to remove. */
function ourPaths(paths: BuildPaths): readonly string[] {
  const { directory } = paths;
  const below = new Set(
    Object.values(paths).flatMap((path: unknown) =>
      typeof path === 'string' && path !== directory ? path.slice(directory.length + 1).split('/')[0] : [],
    ),
  );
  return [...below, 'overlay.new', 'inspect', 'journal.json', 'lock'].map(
    (name) => `${directory}/${name ?? ''}`,
  );
}

/**
 * Removes everything that podbsd made on the build host: jail, trees, datasets, folder. The finished image in the
 * output folder stays.
 */
export async function cleanAll(env: BuildEnv, stages: readonly Stage[], run: StageRun): Promise<void> {
  const { host, paths } = env;
  const { pool, dataset } = env.config.build;
  await cleanLeftovers(env, stages, run);
  if ((await host.stat(paths.jailMeta)) !== undefined) {
    await prepareEtc(env);
    await run.exec(deleteJail(paths));
  }
  for (const name of [paths.names.overlay, paths.names.ports])
    if ((await host.stat(`${paths.etcd}/ports/${name}`)) !== undefined) {
      await prepareEtc(env);
      await run.exec(forgetPorts(paths, name));
    }
  const { stdout, exitCode } = await run.exec(mountsQuestion(pool, dataset), {
    readOnly: true,
    okCodes: [0, 1],
  });
  if (exitCode === 0 && foreignMount(stdout, paths) === undefined)
    await run.exec(['zfs', 'destroy', '-r', `${pool}/${dataset}`]);
  // Installed files of FreeBSD carry flags (schg) that even root cannot remove them with.
  if ((await host.stat(paths.base)) !== undefined) await run.exec(['chflags', '-R', 'noschg', paths.base]);
  for (const path of ourPaths(paths)) if ((await host.stat(path)) !== undefined) await host.remove(path);
  if ((await host.list(paths.directory))?.length === 0) await host.remove(paths.directory);
}
