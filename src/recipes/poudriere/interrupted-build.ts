import { stopJail } from './commands.ts';
import type { StageRun } from '../../pipeline/stage.ts';
import { prepareEtc, type PoudriereEnv } from './env.ts';

/**
 * Takes down the jails, mounts and clones that a killed `poudriere bulk` left behind. Poudriere's own `jail -d` does
 * not see them, because a running build has another name than its jail. Packages that are finished stay in `.building`,
 * and the next build takes them over.
 */
export async function stopInterruptedBuild(env: PoudriereEnv, run: StageRun): Promise<void> {
  const { host, paths } = env;
  const mounts = await host.stat(`${paths.data}/.m/${paths.names.master}`);
  if (mounts === undefined || (await host.stat(paths.jailMeta)) === undefined) return;
  await prepareEtc(env);
  await run.exec(stopJail(paths));
}
