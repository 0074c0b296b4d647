import { ExitCode, PodbsdError } from '../../ground/errors.ts';
import { forgetPorts, registerPorts } from './commands.ts';
import { compareVersions } from '../../ground/versions.ts';
import type { Stage } from '../../pipeline/stage.ts';
import { prepareEtc, type BuildEnv } from './env.ts';
import { checkOut, headCommit, removeLocks } from './git.ts';
import { stopInterruptedBuild } from './interrupted-build.ts';

/**
 * Gets the ports tree at one commit and registers it, and podbsd's own ports as an overlay of it. The clone is ours
 * because Poudriere cannot check out a certain commit.
 */
export function portsStage(env: BuildEnv): Stage {
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
    inputs: () => ({ url: ports.url, branch: ports.branch, commit: ports.commit, podman }),
    stands: async () => {
      const wanted = [`${paths.ports}/Mk/bsd.port.mk`, ...trees.map(([name]) => registered(name))];
      const there = await Promise.all(wanted.map((path) => host.stat(path)));
      return there.every((info) => info !== undefined);
    },
    sweep: async (run) => {
      await removeLocks(host, paths.ports);
      // Poudriere does not let go of a tree that the jails of a killed build have mounted.
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
      if (version === undefined) throw wrongPodman('has no port sysutils/podman', env);
      if (!accepts(podman, version)) throw wrongPodman(`has podman ${version}`, env);
      return { podman: version };
    },
  };
}

/** Whether a version is in a range of the form `<6`. */
export function accepts(range: string, version: string): boolean {
  return compareVersions(version, range.slice(1)) < 0;
}

export function wrongPodman(problem: string, env: BuildEnv): PodbsdError {
  const { ports, podman } = env.config.build;
  return new PodbsdError({
    doing: `choosing podman ${podman} from ${ports.url} ${ports.commit ?? ports.branch}`,
    problem: `it ${problem}; podman 6 has no network on FreeBSD: it dropped CNI, and netavark does not run there`,
    remedy: 'set [build.ports] branch or commit to one that has podman 5',
    exitCode: ExitCode.config,
  });
}
