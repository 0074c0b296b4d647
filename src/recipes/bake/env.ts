import type { Config } from '../../config/schema.ts';
import type { DownloadOptions } from '../../downloads/download.ts';
import type { Host } from '../../host/host.ts';
import type { LocalWork } from '../poudriere/env.ts';
import type { BakeMachine } from './machine.ts';
import type { BakePaths } from './paths.ts';
import type { PlainImageOptions } from '../../disk/plain-image.ts';

/** What all stages of a bake share. Everything happens on podbsd's own machine, and inside the one it starts. */
export interface BakeEnv {
  readonly config: Config;
  /** Relative paths in the configuration start here. */
  readonly configFolder: string;
  /** This machine; in a dry run, something that only prints. */
  readonly host: Host;
  readonly paths: BakePaths;
  /** Folder of the finished image, absolute. */
  readonly outDir: string;
  /** `--base-image`, absolute: wins over the configuration. */
  readonly baseImage: string | undefined;
  readonly machine: BakeMachine;
  /** The command that opens a shell in the machine. */
  readonly shell: string;
  readonly local: BakeWork;
}

/** What works on files of this machine without a program; a dry run puts something in its place that only prints. */
export interface BakeWork extends LocalWork {
  download(options: DownloadOptions): Promise<void>;
  /** A small text from a server. */
  fetchText(url: string, signal: AbortSignal): Promise<string>;
  unpack(options: PlainImageOptions): Promise<void>;
}
