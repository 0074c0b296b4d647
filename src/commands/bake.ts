import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { layerFile, topLayer } from '../recipes/bake/layers.ts';
import { loadConfig } from '../config/load.ts';
import { ExitCode, PodbsdError } from '../ground/errors.ts';
import { LocalHost } from '../host/local.ts';
import { takeLock } from '../pipeline/lock.ts';
import { machineLock } from './builder-vm.ts';
import { addBuilderOption } from './recipe.ts';
import { openBake, type OpenBake } from './bake-env.ts';
import { examples, type CommandContext, type RegisterCommand } from './command.ts';
import { standaloneRun } from './standalone-run.ts';

interface Options {
  readonly shell?: boolean;
  readonly config?: string;
  readonly builder?: 'vm';
}

export const registerBake: RegisterCommand = (program, context) => {
  addBuilderOption(program.command('bake'))
    .description('look into the machine that build-image works in')
    .requiredOption('--shell', 'boot a copy of what has been made so far and open a shell as root')
    .option('--config <file>', 'configuration (default: podbsd.toml, when there is one)')
    .addHelpText(
      'after',
      examples(
        ['podbsd bake --shell', 'After a failed stage: look around; changes are thrown away'],
        ['podbsd bake --shell --builder vm', 'The same with the machine of build-image --builder vm'],
        ['podbsd build-image --recipe bake', 'Bake an image'],
      ),
    )
    .action(async (options: Options) => {
      const opened = await openBake(
        await loadConfig({ file: options.config }),
        { builder: options.builder },
        context.terminal,
      );
      try {
        process.exitCode = await openShell(opened, context);
      } finally {
        await opened.close();
      }
    });
};

/** Works on a layer of its own on top, so that the next run of build-image goes on as if nobody had looked. */
async function openShell({ env, machine }: OpenBake, { terminal, signal }: CommandContext): Promise<number> {
  const { paths } = env;
  const host = new LocalHost();
  const top = await topLayer(host, paths.layers);
  // A sealed layer lets nobody in any more.
  const layer = top === 'seal' ? 'overlay' : top;
  if (layer === undefined)
    throw new PodbsdError({
      doing: 'opening a shell in the machine that bakes',
      problem: `nothing has been baked yet: there is no layer in ${paths.layers}`,
      remedy: 'start with podbsd build-image, in the same folder',
      exitCode: ExitCode.failed,
    });
  if (!process.stdin.isTTY || !process.stdout.isTTY)
    throw new PodbsdError({
      doing: 'opening a shell in the machine that bakes',
      problem: 'standard input or output is no terminal',
      remedy: 'run the command in a terminal',
      exitCode: ExitCode.usage,
    });
  const lock = await takeLock(
    host,
    layer === 'builder' ? machineLock(paths.directory) : join(paths.directory, 'lock'),
  );
  const copy = join(paths.directory, 'shell.qcow2');
  const below = layerFile(paths.layers, layer);
  try {
    await rm(copy, { force: true });
    await host.run(['qemu-img', 'create', '-q', '-f', 'qcow2', '-b', below, '-F', 'qcow2', copy]);
    terminal.err(`Booting what stage ${layer} has left; changes are thrown away. Console: ${paths.console}`);
    const ssh = await machine.open(
      copy,
      layer,
      standaloneRun(host, (text) => terminal.err(text), signal),
    );
    return await ssh.shell({ input: process.stdin, output: process.stdout });
  } finally {
    await machine.close();
    await rm(copy, { force: true });
    await lock.release();
  }
}
