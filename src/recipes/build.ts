import type { LoadedConfig } from '../config/load.ts';
import type { Host } from '../host/host.ts';
import type { Reporter } from '../pipeline/events.ts';
import type { Range } from '../pipeline/plan.ts';
import type { Stage, StageRun } from '../pipeline/stage.ts';
import type { Architecture } from '../vm/architecture.ts';

export const recipes = ['poudriere', 'bake'] as const;
export type Recipe = (typeof recipes)[number];

/** Which build is meant, as the command line says it. */
export interface BuildOptions {
  readonly recipe?: Recipe;
  /** Builds there, by Poudriere. */
  readonly host?: string;
  /** Builds by Poudriere in a FreeBSD machine of podbsd's own. */
  readonly builder?: 'vm';
  readonly config?: string;
  readonly out?: string;
  readonly baseImage?: string;
  /** FreeBSD's release; overrides the configuration. */
  readonly release?: string | undefined;
  /** Architecture of the image; overrides the configuration. */
  readonly architecture?: Architecture | undefined;
  /** Where no configuration file is read. */
  readonly architectureWithoutFile?: Architecture | undefined;
  /** Bring FreeBSD to the newest patch; overrides the configuration. */
  readonly update?: boolean | undefined;
  /** Whether the download site may be asked which release is the newest. Without it what is known counts. */
  readonly asks?: boolean;
  /** Folder for what podbsd keeps on its own machine while it builds. Default: .podbsd in the working directory. */
  readonly state?: string;
}

/** What a command gives to a build. */
export interface Surroundings {
  /** podbsd's own machine. */
  readonly here: Host;
  /** Connects to the machine that `--host` names; the same as `here` without it. */
  readonly connect: () => Promise<Host>;
  /** A line for the user from outside of any stage. */
  readonly say: (text: string) => void;
  readonly signal: AbortSignal;
}

/** Everything that a recipe opens a build with. */
export interface Opening extends Surroundings {
  readonly loaded: LoadedConfig;
  readonly options: BuildOptions;
}

/** Which stages of a build to run, and where to report. */
export interface Order {
  readonly range: Range;
  /** A build that has two parts reports each for itself. */
  readonly reporter: () => Reporter;
}

/** A build, planned, running or finished: what can be done with it, whatever the recipe. */
export interface Build {
  readonly host: Host;
  readonly stages: readonly Stage[];
  /** Folder on the host that holds the journal and all results. */
  readonly directory: string;
  /** The lock that a running build holds. */
  readonly lock: string;
  /** Folder of the finished image, on podbsd's own machine. */
  readonly outDir: string;
  /** Folder with a log for each stage, on podbsd's own machine. */
  readonly logs: string;
  /** Refuses while this machine lacks anything that the build needs. A run does so, too, once it has begun. */
  readonly check?: () => Promise<void>;
  run(order: Order): Promise<void>;
  /** Ends what an interrupted run left running. */
  stopOrphans(run: StageRun): Promise<void>;
  /**
   * Removes everything that podbsd made for it, but not the finished image. Called under the lock, after all sweeps.
   */
  remove(run: StageRun): Promise<void>;
  /** A login in the machine that it works in, on a copy; undefined where there is none. Answers the exit code. */
  readonly shell?: () => Promise<number>;
  close(): Promise<void>;
}
