import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { ExitCode, PodbsdError } from '../ground/errors.ts';
import { loadConfig, type LoadedConfig } from '../config/load.ts';
import { DryRunHost } from '../host/dry-run.ts';
import type { Host } from '../host/host.ts';
import { LocalHost } from '../host/local.ts';
import type { BuildEnv, LocalWork } from '../recipes/poudriere/env.ts';
import { ownPorts } from '../recipes/poudriere/own-ports.ts';
import { buildPaths } from '../recipes/poudriere/paths.ts';
import type { Terminal } from '../ground/terminal.ts';

/** The options that build-image, status and clean share. */
export interface BuildOptions {
  readonly config?: string;
  readonly host?: string;
  readonly identity?: string;
  readonly acceptNewHostKey?: boolean;
  readonly dryRun?: boolean;
  readonly out?: string;
}

/** Adds the options that say which build is meant and where it runs. */
export function addBuildOptions(command: Command): Command {
  return command
    .option('--config <file>', 'configuration (default: podbsd.toml, when there is one)')
    .option('--host <url>', 'build on a FreeBSD machine across SSH: ssh://[user@]host[:port]')
    .option('--identity <file>', 'private key for --host (default: ssh-agent and ~/.ssh)')
    .option('--accept-new-host-key', 'with --host: trust a machine that is not in known_hosts yet');
}

/** Reads the configuration and reaches the build host. The caller closes `env.host`. */
export async function openBuild(options: BuildOptions, terminal: Terminal): Promise<BuildEnv> {
  const loaded = await loadConfig({ file: options.config });
  return await buildOn(await openHost(options, (line) => terminal.out(line)), loaded, options, terminal);
}

/** The build that a configuration describes, on this host. */
export async function buildOn(
  host: Host,
  { config, folder }: LoadedConfig,
  options: Pick<BuildOptions, 'out' | 'dryRun'>,
  terminal: Terminal,
): Promise<BuildEnv> {
  return {
    config,
    configFolder: folder,
    host,
    paths: buildPaths(config.build),
    outDir: options.out === undefined ? resolve(folder, config.build.output) : resolve(options.out),
    stateDir: stateFolder(),
    local: options.dryRun === true ? printedWork((line) => terminal.out(line)) : await realWork(),
    ownPorts: await ownPorts(),
  };
}

/** Where podbsd keeps logs and the like on its own machine: below the working directory. */
export function stateFolder(): string {
  return resolve('.podbsd');
}

/** Logs of the stages, on podbsd's own machine. */
export function logFolder(env: BuildEnv): string {
  return join(env.stateDir, 'logs');
}

async function openHost(options: BuildOptions, print: (line: string) => void): Promise<Host> {
  // On FreeBSD the plan starts from what is there already; elsewhere, and without connecting, from nothing.
  if (options.dryRun === true)
    return process.platform === 'freebsd' && options.host === undefined
      ? new DryRunHost(print, new LocalHost())
      : new DryRunHost(print);
  if (options.host === undefined) return new LocalHost();
  const { SshHost } = await import('../host/ssh.ts');
  const { parseSshUrl } = await import('../host/ssh/url.ts');
  return await SshHost.connect({
    ...parseSshUrl(options.host),
    ...(options.identity === undefined ? {} : { identity: { file: resolve(options.identity) } }),
    acceptNewHostKey: options.acceptNewHostKey ?? false,
  });
}

/** Loaded only when it is used: a run that finds everything done must be over at once. */
export async function realWork(): Promise<LocalWork> {
  return {
    bundleAgent: async (outFile) => {
      const { bundleAgent } = await import('../bundles/agent.ts');
      await bundleAgent(outFile);
    },
    exportDisk: async (exportOptions) => {
      const { exportDisk } = await import('../disk/export.ts');
      return await exportDisk(exportOptions);
    },
  };
}

/** What a dry run says instead. */
export function printedWork(print: (line: string) => void): LocalWork {
  return {
    bundleAgent: async (outFile) => print(`# bundle the guest agent into ${outFile}`),
    exportDisk: async ({ raw, outDir, baseName, formats }) => {
      for (const format of formats) print(`# write ${join(outDir, `${baseName}.${format}`)} from ${raw}`);
      print(`# write ${join(outDir, 'SHA256SUMS')} and ${join(outDir, 'manifest.json')}`);
      return { outDir, files: [], written: [], diskSize: 0, diskSha256: '', boot: [], notices: [] };
    },
  };
}

/** Nothing of a build directory may be removed or stopped unless podbsd made it. */
export async function requireBuild(host: Host, directory: string): Promise<void> {
  if ((await host.stat(`${directory}/journal.json`)) !== undefined) return;
  throw new PodbsdError({
    doing: `looking for a build in ${directory} on ${host.name}`,
    problem: 'there is no journal of podbsd there, so nothing was built there',
    remedy: 'start one with podbsd build-image, or name the right configuration with --config',
    exitCode: ExitCode.failed,
  });
}
