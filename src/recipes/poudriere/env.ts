import { basename } from 'node:path';
import type { Config } from '../../config/schema.ts';
import type { ExportOptions, ExportResult } from '../../disk/export.ts';
import type { Host } from '../../host/host.ts';
import { writeEtc } from './etc.ts';
import type { BuildPaths } from './paths.ts';

/** What all stages of a build share. */
export interface BuildEnv {
  readonly config: Config;
  /** Relative paths in the configuration start here. */
  readonly configFolder: string;
  /** Where FreeBSD and Poudriere are: every command and every file of the build goes through it. */
  readonly host: Host;
  readonly paths: BuildPaths;
  /** Folder of the finished image on the machine that podbsd runs on, absolute. */
  readonly outDir: string;
  /** Folder for what podbsd keeps on its own machine while it builds, absolute. */
  readonly stateDir: string;
  /** What works on files of podbsd's own machine; a dry run puts something in its place that only prints. */
  readonly local: LocalWork;
  /** podbsd's own ports, e.g. `sysutils/podbsd-guest`. */
  readonly ownPorts: readonly string[];
}

export interface LocalWork {
  /** Writes the guest agent, one JavaScript file. */
  bundleAgent(outFile: string): Promise<void>;
  exportDisk(options: ExportOptions): Promise<ExportResult>;
}

const prepared = new WeakSet<BuildEnv>();

/** Brings Poudriere's etc directory up to date, once in a run: every stage that calls Poudriere needs it. */
export async function prepareEtc(env: BuildEnv): Promise<void> {
  if (prepared.has(env)) return;
  prepared.add(env);
  const { pool, dataset, jobs } = env.config.build;
  const neverFetched = env.ownPorts.map((origin) => basename(origin));
  await writeEtc(env.host, env.paths, { pool, dataset, jobs, neverFetched });
}
