import { shippedFile, worldConf } from './etc.ts';
import { poudriereArch } from './commands.ts';
import type { Stage } from '../../pipeline/stage.ts';
import { prepareEtc, type BuildEnv } from './env.ts';
import { worldProgress } from './world-progress.ts';

/**
 * Builds world and kernel with FreeBSD's own make, not inside Poudriere's jail: Poudriere destroys the whole jail when
 * anything fails, while these object files survive and an interrupted build goes on where it was.
 */
export function worldStage(env: BuildEnv): Stage {
  const { host, paths } = env;
  const { base, source, architecture, jobs } = env.config.build;
  const needed = base === 'source';
  const [target, targetArch = target] = poudriereArch(architecture).split('.');
  return {
    name: 'world',
    title: 'Build world and kernel',
    needs: ['source'],
    inputs: async () =>
      needed ? { base, architecture, kernel: source.kernel, conf: await shippedFile('src.conf') } : { base },
    stands: async () => !needed || (await host.stat(`${paths.obj}${paths.source}`)) !== undefined,
    // Half-made object files are what a resumed build goes on with; a changed source rebuilds them.
    sweep: async () => {},
    run: async (run) => {
      if (!needed) {
        run.say('not needed: the base is a FreeBSD release');
        return {};
      }
      await prepareEtc(env);
      const count = jobs ?? Number((await run.exec(['sysctl', '-n', 'hw.ncpu'], { readOnly: true })).stdout);
      await host.mkdir(paths.obj);
      for (const goal of ['buildworld', 'buildkernel'])
        await run.exec(
          [
            ...(['make', '-C', paths.source, '-j', String(count === 0 ? 1 : count)] as const),
            ...[`TARGET=${target ?? ''}`, `TARGET_ARCH=${targetArch ?? ''}`, `KERNCONF=${source.kernel}`],
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
