import type { RecipeEnv } from '../shared/env.ts';
import type { BakeMachine } from './machine.ts';
import type { BakePaths } from './paths.ts';

/** What all stages of a bake share. Everything happens on podbsd's own machine, and inside the one it starts. */
export interface BakeEnv extends RecipeEnv {
  readonly paths: BakePaths;
  /** `--base-image`, absolute: wins over the configuration. */
  readonly baseImage: string | undefined;
  readonly machine: BakeMachine;
  /** How often a broken download is resumed; default: that of download(). */
  readonly retries?: number;
  /** The command that opens a shell in the machine. */
  readonly shell: string;
}
