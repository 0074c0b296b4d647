import { createReleaseJail, createSourceJail, deleteJail } from './commands.ts';
import { etcFile } from './etc.ts';
import * as z from 'zod';
import type { Nothing, Stage } from '../../pipeline/stage.ts';
import { ExitCode, PodbsdError } from '../../ground/errors.ts';
import { prepareEtc, type PoudriereEnv } from './env.ts';
import { stopInterruptedBuild } from './interrupted-build.ts';
import { absent, p9fsModules, withoutP9fs } from '../shared/p9fs.ts';
import { poudriereMessages } from './poudriere-messages.ts';
import { chooseSets } from './sets-source.ts';
import { configuredRelease } from '../shared/release.ts';

const jailSchema = z.object({
  /** Where it is installed. */
  mount: z.string(),
  /** FreeBSD's version, as Poudriere notes it. */
  version: z.string(),
});
export type Jail = z.infer<typeof jailSchema>;

/**
 * Installs FreeBSD into the Poudriere jail: packages are built in it, and the image is a copy of it.
 *
 * @param built the stages that build the base; none for a release.
 */
export function jailStage(env: PoudriereEnv, built: readonly Stage[]): Stage<Jail, Nothing> {
  const { host, paths } = env;
  const { base, architecture, source, allow_missing_p9fs: allowMissing } = env.config.build;
  const release = configuredRelease(env.config.build).name;

  const mountPoint = async (): Promise<string> =>
    ((await host.readText(`${paths.jailMeta}/mnt`)) ?? '').trim();

  return {
    name: 'jail',
    title: 'Install the FreeBSD jail',
    needs: built,
    outputs: jailSchema,
    inputs: async () =>
      base === 'release'
        ? { base, release, architecture, allowMissing }
        : { base, architecture, kernel: source.kernel, conf: await etcFile('src.conf'), allowMissing },
    stands: async () => {
      const mount = await mountPoint();
      return (
        mount !== '' &&
        (await absent(host, mount, ['boot/kernel/kernel', 'usr/include/sys/param.h'])).length === 0
      );
    },
    // Poudriere's metadata exist before the installation does, so only a finished stage says that the jail is whole.
    sweep: async (run) => {
      if ((await host.stat(paths.jailMeta)) === undefined) return;
      await stopInterruptedBuild(env, run);
      await prepareEtc(env);
      await run.exec(deleteJail(paths));
    },
    run: async (run) => {
      const options = { onLine: poudriereMessages(run), outlives: paths.running };
      if (base === 'release') {
        const { method, server } = await chooseSets(env, run);
        await prepareEtc(env, server);
        await run.exec(createReleaseJail(paths, release, architecture, method), options);
        return {};
      }
      await prepareEtc(env);
      await run.exec(createSourceJail(paths, source.kernel, architecture), {
        ...options,
        env: { MAKEOBJDIRPREFIX: paths.obj },
      });
      return {};
    },
    check: async () => {
      const mount = await mountPoint();
      const bootFiles = [
        ...[
          'boot/kernel/kernel',
          'boot/loader.efi',
          'usr/include/sys/param.h',
          'usr/src/Makefile',
          'usr/lib/crt1.o',
        ],
        ...(architecture === 'amd64' ? ['boot/pmbr', 'boot/gptzfsboot'] : []),
      ];
      const missing = await absent(host, mount, bootFiles);
      if (mount === '' || missing.length > 0)
        throw new PodbsdError({
          doing: `looking at the jail ${mount}`,
          problem: `it is not complete: ${missing.join(', ')} is missing`,
          remedy: 'run the command again with --from jail; when it happens again, look into the log',
          exitCode: ExitCode.program,
        });
      const noP9fs = await absent(host, mount, p9fsModules);
      if (noP9fs.length > 0 && !allowMissing)
        throw withoutP9fs(`the jail ${mount}`, `${noP9fs.join(', ')} is missing`);
      const version = ((await host.readText(`${paths.jailMeta}/version`)) ?? '').trim();
      return { mount, version };
    },
    assumed: { mount: '', version: base === 'release' ? release : 'source' },
  };
}
