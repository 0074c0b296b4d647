import { resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { DryRunHost } from '../host/dry-run.ts';
import type { Host } from '../host/host.ts';
import { LocalHost } from '../host/local.ts';
import { recipes, type BuildOptions, type Surroundings } from '../recipes/build.ts';
import type { ProgramContext } from './command.ts';
import { notice } from './notice.ts';

/** The options that build-image, status and clean share. */
export interface BuildCommandOptions extends BuildOptions {
  readonly identity?: string;
  readonly acceptNewHostKey?: boolean;
  readonly dryRun?: boolean;
}

/** Adds the options that say which build is meant and where it runs. */
export function addBuildOptions(command: Command): Command {
  const recipe =
    'how the image is made: built by poudriere on a FreeBSD machine, or baked from an image that FreeBSD has ' +
    'published (default: [build] recipe, else poudriere on FreeBSD and with --host, and bake everywhere else)';
  return command
    .option('--config <file>', 'configuration (default: podbsd.toml, when there is one)')
    .option(
      '--host <url>',
      'the FreeBSD machine that builds, over SSH: ssh://[user@]host[:port]; host may be one of ~/.ssh/config',
    )
    .option('--identity <file>', 'private key for --host (default: ssh-agent and ~/.ssh)')
    .option('--accept-new-host-key', 'with --host: trust a machine that is not in known_hosts yet')
    .addOption(new Option('--recipe <name>', recipe).choices(recipes));
}

/** What an image is made of. */
export function addImageOptions(command: Command): Command {
  return command
    .option(
      '--base-image <file>',
      'with --recipe bake or --builder vm: start from this FreeBSD image (raw or qcow2, packed or not)',
    )
    .option(
      '--release <release>',
      'release of FreeBSD, e.g. 15.1, or newest (default: [build] release, else newest)',
    )
    .option('--update', 'bring FreeBSD to the newest patch of its release (default: [bake] update)');
}

/** A machine to build in where there is no FreeBSD. */
export function addBuilderOption(command: Command): Command {
  const meaning = 'let Poudriere build in a machine that podbsd makes here: vm, a FreeBSD virtual machine';
  return command.addOption(new Option('--builder <kind>', meaning).choices(['vm']));
}

/** Whether the command line means one build; without that it means all that are on this machine. */
export function namesBuild({ host, recipe, builder }: BuildCommandOptions): boolean {
  return host !== undefined || recipe !== undefined || builder !== undefined;
}

/** Where a build works: here or over SSH. With `--dry-run` both are asked only, and what would be done is printed. */
export function surroundings(
  options: BuildCommandOptions,
  { terminal, signal }: ProgramContext,
): Surroundings {
  const { host: url, dryRun = false } = options;
  const print = (line: string): void => terminal.out(line);
  const here = dryRun ? printing(options, print) : new LocalHost();
  return {
    here,
    connect: async () => {
      if (url === undefined) return here;
      const there = await connect(url, options, (text) => notice(terminal, text));
      return dryRun ? new DryRunHost(print, there) : there;
    },
    say: (text) => terminal.err(text),
    signal,
  };
}

/** On FreeBSD the plan starts from what is there already, elsewhere from nothing. */
function printing({ host }: BuildCommandOptions, print: (line: string) => void): Host {
  const known = process.platform === 'freebsd' && host === undefined;
  return known ? new DryRunHost(print, new LocalHost()) : new DryRunHost(print);
}

async function connect(
  url: string,
  { identity, acceptNewHostKey }: BuildCommandOptions,
  onNotice: (text: string) => void,
): Promise<Host> {
  const { SshHost } = await import('../host/ssh.ts');
  const { settingsFromUrl } = await import('../host/ssh/user-config.ts');
  return await SshHost.connect({
    ...(await settingsFromUrl(url)),
    ...(identity === undefined ? {} : { identity: { file: resolve(identity) } }),
    ...(acceptNewHostKey === true ? { acceptNewHostKey } : {}),
    onNotice,
  });
}
