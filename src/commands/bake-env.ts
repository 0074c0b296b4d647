import { join, resolve } from 'node:path';
import { builderConfig } from '../recipes/bake/builder.ts';
import type { BakeEnv, BakeWork } from '../recipes/bake/env.ts';
import { bakePaths } from '../recipes/bake/paths.ts';
import { printedMachine } from '../recipes/bake/printed-machine.ts';
import { QemuBakeMachine } from '../recipes/bake/qemu-machine.ts';
import { makePlainImage } from '../disk/plain-image.ts';
import type { LoadedConfig } from '../config/load.ts';
import { DryRunHost } from '../host/dry-run.ts';
import { LocalHost } from '../host/local.ts';
import type { Terminal } from '../ground/terminal.ts';
import { printedWork, realWork, stateFolder } from './build-env.ts';

export interface BakeOptions {
  readonly baseImage?: string;
  readonly out?: string;
  readonly dryRun?: boolean;
  /** The machine that Poudriere builds in, and not the one that bakes. */
  readonly builder?: 'vm' | undefined;
}

export interface OpenBake {
  readonly env: BakeEnv;
  /** The machine itself, also in a dry run. */
  readonly machine: QemuBakeMachine;
  readonly logs: string;
  /** Ends what an interrupted run left at work. */
  readonly stopOrphans: () => Promise<void>;
  /** Stops the machine if it runs. */
  readonly close: () => Promise<void>;
}

/** Everything that baking needs, from configuration and command line. Nothing is started yet. */
export async function openBake(
  loaded: LoadedConfig,
  options: BakeOptions,
  terminal: Terminal,
): Promise<OpenBake> {
  const print = (line: string): void => terminal.out(line);
  const builds = options.builder !== undefined;
  const config = builds ? builderConfig(loaded.config) : loaded.config;
  const { folder } = loaded;
  const paths = bakePaths(stateFolder(), builds ? 'builder' : 'bake');
  const here = new LocalHost();
  const real = new QemuBakeMachine(here, config, paths);
  const dryRun = options.dryRun === true;
  const env: BakeEnv = {
    config,
    configFolder: folder,
    host: dryRun ? new DryRunHost(print) : here,
    paths,
    outDir: options.out === undefined ? resolve(folder, config.build.output) : resolve(options.out),
    baseImage: options.baseImage === undefined ? undefined : resolve(options.baseImage),
    shell: `podbsd bake --shell${builds ? ' --builder vm' : ''}`,
    machine: dryRun ? printedMachine(paths, print) : real,
    local: dryRun ? printedBakeWork(print) : await realBakeWork(),
  };
  return {
    env,
    machine: real,
    logs: join(stateFolder(), 'logs', ...(builds ? ['builder'] : [])),
    stopOrphans: () => (dryRun ? Promise.resolve() : real.stopOrphan()),
    close: () => real.close(),
  };
}

async function realBakeWork(): Promise<BakeWork> {
  return {
    ...(await realWork()),
    download: async (options) => {
      const { download } = await import('../downloads/download.ts');
      await download(options);
    },
    fetchText: async (url, signal) => {
      const { getText } = await import('../downloads/http.ts');
      return await getText(url, { signal });
    },
    unpack: makePlainImage,
  };
}

function printedBakeWork(print: (line: string) => void): BakeWork {
  return {
    ...printedWork(print),
    download: async ({ url, to, sha256 }) =>
      print(`# download ${url} to ${to}, SHA-256 ${sha256 ?? 'as published beside it'}`),
    fetchText: async () => '',
    unpack: async ({ from, to }) => print(`# unpack ${from} to ${to}`),
  };
}
