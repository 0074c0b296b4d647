import type { BuildConfig } from '../../config/build.ts';
import { CommandError } from '../../host/command-error.ts';
import { bulk } from './commands.ts';
import { etcFile } from './etc.ts';
import { portFailure } from './failure-report.ts';
import { packagesSchema } from '../shared/package-facts.ts';
import { formatPackageList } from '../shared/package-list.ts';
import { shippedPackages } from '../shared/shipped.ts';
import * as z from 'zod';
import type { Json, Stage, StageOf, StageRun } from '../../pipeline/stage.ts';
import { readBulkStatus } from './build-status.ts';
import { bulkProgress, bulkWatch } from './bulk-watch.ts';
import { prepareEtc, type PoudriereEnv } from './env.ts';
import { ownPortsInputs, stageOwnPorts } from './own-ports-staging.ts';
import { stageP9fsPort } from './p9fs-port.ts';
import { stopInterruptedBuild } from './interrupted-build.ts';
import type { Jail } from './jail.ts';
import { checkPackages } from './package-check.ts';
import type { Source } from './source.ts';

const buildSchema = z.object({
  /** Poudriere's name of the build. */
  build: z.string(),
});
const builtSchema = packagesSchema.extend(buildSchema.shape);
type Built = z.infer<typeof builtSchema>;

interface Ground {
  readonly jail: StageOf<Jail>;
  readonly ports: Stage;
  /** Of a base that is built from source. */
  readonly source: StageOf<Source> | undefined;
}

/** Builds the packages of the image, or fetches them where FreeBSD's own fit exactly. */
export function packagesStage(
  env: PoudriereEnv,
  { jail, ports, source }: Ground,
): Stage<Built, Pick<Built, 'build'>> {
  const { host, paths } = env;
  const { jobs, packages: extra, podman } = env.config.build;

  async function build(run: StageRun, buildName: string): Promise<void> {
    const folder = `${paths.bulkLogs}/${buildName}`;
    const stopWatching = bulkWatch(host, run, folder);
    const argv = bulk(paths, { buildName, jobs, prebuilt: prebuiltRepository(env.config.build) });
    try {
      await run.exec(argv, { outlives: paths.running });
    } catch (error) {
      // The exit status is the number of failed and skipped ports; the files say which they are.
      if (run.signal.aborted || !(error instanceof CommandError)) throw error;
      throw (await portFailure(host, folder)) ?? error;
    } finally {
      await stopWatching();
    }
    // 256 failed ports make an exit status of 0.
    const failure = await portFailure(host, folder);
    if (failure !== undefined) throw failure;
  }

  return {
    name: 'packages',
    title: 'Build the packages',
    needs: [jail, ports],
    outputs: builtSchema,
    inputs: async (): Promise<Json> => ({
      list: await etcFile('packages'),
      extra,
      podman,
      makeConf: await etcFile('make.conf'),
      prebuilt: prebuiltRepository(env.config.build) ?? null,
      own: await ownPortsInputs(),
      shares: env.config.shares,
    }),
    stands: async () => {
      const looked = [`${paths.packages}/.latest`, paths.packageFacts, paths.packageList];
      return (await Promise.all(looked.map((path) => host.stat(path)))).every((info) => info !== undefined);
    },
    // What an interrupted build has finished is in .building, and the next one takes it over.
    sweep: (run) => stopInterruptedBuild(env, run),
    run: async (run) => {
      await prepareEtc(env);
      await stageOwnPorts(env);
      const from = source === undefined ? undefined : run.output(source);
      const p9fs = await stageP9fsPort(env, { jail: run.output(jail), source: from });
      const list = [...(await shippedPackages()), ...p9fs, ...extra];
      await host.writeFile(paths.packageList, formatPackageList(list));
      const buildName = newBuildName();
      await run.note({ build: buildName });
      await build(run, buildName);
      return { build: buildName };
    },
    check: (run, { build: name }) => checkPackages(env, run, `${paths.bulkLogs}/${name}`),
    assumed: { podman, packages: 0 },
    progress: async (noted) => {
      const { data } = buildSchema.safeParse(noted);
      if (data === undefined) return undefined;
      return bulkProgress(await readBulkStatus(host, `${paths.bulkLogs}/${data.build}`));
    },
  };
}

/** Poudriere goes on with a build of the same name and does not try again what failed in it: each attempt is new. */
function newBuildName(): string {
  return `podbsd${new Date().toISOString().replaceAll(/[-:.]/g, '')}`;
}

/** The repository for `bulk -b`, which has to be of the same branch as the ports tree. */
export function prebuiltRepository({ ports }: BuildConfig): string | undefined {
  if (ports.prebuilt === 'none') return undefined;
  if (ports.prebuilt !== 'auto') return ports.prebuilt;
  if (/^\d{4}Q[1-4]$/.test(ports.branch)) return 'quarterly';
  return ports.branch === 'main' ? 'latest' : undefined;
}
