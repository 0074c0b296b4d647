import * as z from 'zod';
import type { BuildConfig } from '../../config/build.ts';
import type { PodbsdError } from '../../ground/errors.ts';
import { accepts, wrongPodman } from '../shared/podman-version.ts';
import { forgetPorts, registerPorts } from './commands.ts';
import type { Stage } from '../../pipeline/stage.ts';
import { prepareEtc, type PoudriereEnv } from './env.ts';
import { checkOut, headCommit, removeLocks } from './git.ts';
import { stopInterruptedBuild } from './interrupted-build.ts';

const portsSchema = z.object({
  /** The commit of the tree. */
  commit: z.string(),
  /** Version of podman in it. */
  podman: z.string(),
});
type Ports = z.infer<typeof portsSchema>;

/**
 * Gets the ports tree at one commit and registers it, and podbsd's own ports as an overlay of it. The clone is ours
 * because Poudriere cannot check out a certain commit.
 */
export function portsStage(env: PoudriereEnv): Stage<Ports, Pick<Ports, 'commit'>> {
  const { host, paths } = env;
  const { ports, podman } = env.config.build;
  const trees = [
    [paths.names.ports, paths.ports],
    [paths.names.overlay, paths.overlayPorts],
  ] as const;
  const registered = (name: string): string => `${paths.etcd}/ports/${name}`;

  return {
    name: 'ports',
    title: 'Get the ports tree',
    needs: [],
    outputs: portsSchema,
    inputs: () => ({ url: ports.url, branch: ports.branch, commit: ports.commit, podman }),
    stands: async () => {
      const wanted = [`${paths.ports}/Mk/bsd.port.mk`, ...trees.map(([name]) => registered(name))];
      const there = await Promise.all(wanted.map((path) => host.stat(path)));
      return there.every((info) => info !== undefined);
    },
    sweep: async (run) => {
      await removeLocks(host, paths.ports);
      // Poudriere does not release a tree that the jails of a killed build have mounted.
      await stopInterruptedBuild(env, run);
      for (const [name] of trees) {
        if ((await host.stat(registered(name))) === undefined) continue;
        await prepareEtc(env);
        await run.exec(forgetPorts(paths, name));
      }
    },
    run: async (run) => {
      await checkOut(run, paths, paths.ports, ports);
      const commit = await headCommit(run, paths.ports);
      await host.mkdir(paths.overlayPorts);
      await prepareEtc(env);
      for (const [name, folder] of trees) await run.exec(registerPorts(paths, name, folder));
      return { commit };
    },
    check: async () => {
      const makefile = (await host.readText(`${paths.ports}/sysutils/podman/Makefile`)) ?? '';
      const version = /^(?:DISTVERSION|PORTVERSION)\s*[?:]?=\s*v?(\S+)/m.exec(makefile)?.[1];
      if (version === undefined) throw unfitPorts(env.config.build, 'has no port sysutils/podman');
      if (!accepts(podman, version)) throw unfitPorts(env.config.build, `has podman ${version}`);
      return { podman: version };
    },
    assumed: { podman },
  };
}

/** The refusal of a ports tree, or of what was built from it. */
export function unfitPorts({ ports, podman }: BuildConfig, problem: string): PodbsdError {
  return wrongPodman(
    podman,
    `${ports.url} ${ports.commit ?? ports.branch} ${problem}`,
    'set [build.ports] branch or commit to one that has podman 5',
  );
}
