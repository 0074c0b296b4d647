import { join, resolve } from 'node:path';
import type { Config } from '../../config/schema.ts';
import type { LoadedConfig } from '../../config/load.ts';
import type { Host } from '../../host/host.ts';

/** What the stages of every recipe share. */
export interface RecipeEnv {
  readonly config: Config;
  /** Relative paths in the configuration start here. */
  readonly configFolder: string;
  /** Where the image is made: every command and every file of the build goes through it. */
  readonly host: Host;
  /** The machine that podbsd itself runs on; the same as `host` where nothing is remote. */
  readonly here: Host;
  /** Folder of the finished image on podbsd's own machine, absolute. */
  readonly outDir: string;
  /** Folder for what podbsd keeps on its own machine while it builds, absolute. */
  readonly stateDir: string;
}

/** What the command line and the configuration say; by default work lies in `.podbsd` of the working directory. */
export function recipeEnv(
  { config, folder }: LoadedConfig,
  { out, state = '.podbsd' }: { readonly out?: string; readonly state?: string },
): Omit<RecipeEnv, 'host' | 'here'> {
  return {
    config,
    configFolder: folder,
    outDir: out === undefined ? resolve(folder, config.build.output) : resolve(out),
    stateDir: resolve(state),
  };
}

/** Logs of the stages, on podbsd's own machine. */
export function logFolder({ stateDir }: Pick<RecipeEnv, 'stateDir'>, ...below: readonly string[]): string {
  return join(stateDir, 'logs', ...below);
}
