import { isTemporaryName } from '../../ground/temporary-name.ts';
import type { StageRun } from '../../pipeline/stage.ts';
import { deleteJail, forgetPorts } from './commands.ts';
import type { BuildPaths } from './paths.ts';
import { foreignMount, mountsQuestion } from './dataset.ts';
import { prepareEtc, type PoudriereEnv } from './env.ts';

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

/** Whether this is what each podbsd makes in a build directory first, in every form in which a kill may leave it. */
export function isOfStart(name: string): boolean {
  return /^lock(\.[0-9a-f]{16})?$/.test(name) || (name.startsWith('journal.json.') && isTemporaryName(name));
}

/**
 * Removes everything that podbsd made on the build host: jail, trees, datasets, folder. The finished image in the
 * output folder stays.
 */
export async function removeBuild(env: PoudriereEnv, run: StageRun): Promise<void> {
  const { host, paths } = env;
  const { pool, dataset } = env.config.build;
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
  const left = ((await host.list(paths.directory)) ?? []).filter(
    (name) => isOfStart(name) || isTemporaryName(name),
  );
  for (const path of [...ourPaths(paths), ...left.map((name) => `${paths.directory}/${name}`)])
    if ((await host.stat(path)) !== undefined) await host.remove(path);
  if ((await host.list(paths.directory))?.length === 0) await host.remove(paths.directory);
}
