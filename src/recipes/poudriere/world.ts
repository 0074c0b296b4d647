import { etcFile, worldConf } from './etc.ts';
import { poudriereArch } from './commands.ts';
import { nothing, type Stage } from '../../pipeline/stage.ts';
import { prepareEtc, type PoudriereEnv } from './env.ts';
import { worldProgress } from './world-progress.ts';

/**
 * Builds world and kernel with FreeBSD's own make, not inside Poudriere's jail: Poudriere destroys the whole jail when
 * anything fails, while these object files survive and an interrupted build goes on where it was.
 */
export function worldStage(env: PoudriereEnv, source: Stage): Stage {
  const { host, paths } = env;
  const {
    base,
    source: { kernel },
    architecture,
    jobs,
  } = env.config.build;
  const [target, targetArch = target] = poudriereArch(architecture).split('.');
  return {
    name: 'world',
    title: 'Build world and kernel',
    needs: [source],
    outputs: nothing,
    inputs: async () => ({ base, architecture, kernel, conf: await etcFile('src.conf') }),
    stands: async () => (await host.stat(`${paths.obj}${paths.source}`)) !== undefined,
    // Half-made object files are what a resumed build goes on with; a changed source rebuilds them.
    sweep: async () => {},
    run: async (run) => {
      await prepareEtc(env);
      const count = jobs ?? Number((await run.exec(['sysctl', '-n', 'hw.ncpu'], { readOnly: true })).stdout);
      await host.mkdir(paths.obj);
      for (const goal of ['buildworld', 'buildkernel'])
        await run.exec(
          [
            ...(['make', '-C', paths.source, '-j', String(count === 0 ? 1 : count)] as const),
            ...[`TARGET=${target ?? ''}`, `TARGET_ARCH=${targetArch ?? ''}`, `KERNCONF=${kernel}`],
            ...[`SRCCONF=${worldConf(paths)}`, '__MAKE_CONF=/dev/null', 'SRC_ENV_CONF=/dev/null'],
            ...(run.resuming ? ['-DWITHOUT_CLEAN'] : []),
            goal,
          ],
          {
            env: { MAKEOBJDIRPREFIX: paths.obj },
            onLine: worldProgress(run, goal),
            outlives: paths.running,
          },
        );
      return {};
    },
  };
}
