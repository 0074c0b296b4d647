import { bakeRecipe } from '../recipes/bake/recipe.ts';
import { poudriereRecipe } from '../recipes/poudriere/recipe.ts';
import { stopOrphans } from '../recipes/poudriere/orphans.ts';
import { loadConfig, type LoadedConfig } from '../config/load.ts';
import type { Reporter } from '../pipeline/events.ts';
import { runPipeline, type Pipeline } from '../pipeline/runner.ts';
import { jsonReporter } from '../pipeline/report-json.ts';
import { lineReporter } from '../pipeline/report-lines.ts';
import { liveReporter } from '../pipeline/report-live.ts';
import type { Terminal } from '../ground/terminal.ts';
import { addBuildOptions, logFolder, openBuild, type BuildOptions } from './build-env.ts';
import { openBake } from './bake-env.ts';
import { examples, type RegisterCommand } from './command.ts';
import { buildInMachine } from './builder-vm.ts';
import {
  addBuilderOption,
  addRecipeOption,
  chooseRecipe,
  type Recipe,
  type RecipeOptions,
} from './recipe.ts';

interface Options extends BuildOptions, Pick<RecipeOptions, 'recipe' | 'builder'> {
  readonly baseImage?: string;
  readonly from?: string;
  readonly until?: string;
  readonly json?: boolean;
}

export const registerBuildImage: RegisterCommand = (program, { terminal, signal }) => {
  addBuilderOption(addRecipeOption(addBuildOptions(program.command('build-image'))))
    .description('build a FreeBSD disk image for podman machine; goes on where an earlier run stopped')
    .option(
      '--base-image <file>',
      'with --recipe bake or --builder vm: start from this FreeBSD image (raw or qcow2, xz or zst)',
    )
    .option('--out <dir>', 'folder for the finished image (default: [build] output)')
    .option('--from <stage>', 'make this stage and all after it anew')
    .option('--until <stage>', 'stop after this stage')
    .option('--dry-run', 'print every command in order and do nothing; works on any system')
    .option('--json', 'print events as lines of JSON')
    .addHelpText(
      'after',
      examples(
        ['podbsd build-image', 'On FreeBSD, as root: build with Poudriere. On Linux and macOS: bake'],
        ['podbsd build-image --base-image freebsd.qcow2.xz', 'Bake from an image that is here already'],
        ['podbsd build-image --host ssh://root@builder', 'Build on another machine, from Linux or macOS too'],
        [
          'podbsd build-image --builder vm',
          'Build with Poudriere in a virtual machine: own packages, own source',
        ],
        ['podbsd build-image --dry-run', 'See what would be done'],
        ['podbsd build-image --from packages', 'Build packages and image again, keep the FreeBSD base'],
      ),
    )
    .action(async (options: Options) => {
      const loaded = await loadConfig({ file: options.config });
      const printing = options.json === true && options.dryRun === true ? jsonLines(terminal) : terminal;
      const range = { from: options.from, until: options.until };
      const reporter = (): Reporter => reporterFor(options, terminal);
      const recipe = chooseRecipe(options, loaded.config);
      if (options.builder !== undefined) {
        await buildInMachine({ loaded, options, range, terminal: printing, signal, reporter });
        return;
      }
      const opened = await open(recipe, loaded, options, printing);
      try {
        await runPipeline({ ...opened, range, reporter: reporter(), signal });
      } finally {
        await opened.close();
      }
    });
};

type Opened = Omit<Pipeline, 'range' | 'reporter' | 'signal'> & { readonly close: () => Promise<void> };

async function open(
  recipe: Recipe,
  loaded: LoadedConfig,
  options: Options,
  terminal: Terminal,
): Promise<Opened> {
  if (recipe === 'bake') {
    const { env, logs, stopOrphans, close } = await openBake(loaded, options, terminal);
    return {
      host: env.host,
      stages: bakeRecipe(env),
      directory: env.paths.directory,
      logs,
      stopOrphans,
      close,
    };
  }
  const env = await openBuild(options, terminal);
  return {
    host: env.host,
    stages: poudriereRecipe(env),
    directory: env.paths.directory,
    logs: logFolder(env),
    stopOrphans: (run) => stopOrphans(env, run),
    close: () => env.host.close(),
  };
}

function reporterFor(options: Options, terminal: Terminal): Reporter {
  if (options.json === true) return jsonReporter(terminal);
  if (options.dryRun === true) return planReporter(terminal);
  return terminal.interactive ? liveReporter(terminal) : lineReporter(terminal);
}

/** With --json the commands that a dry run prints are events, too. */
function jsonLines(terminal: Terminal): Terminal {
  const out = (line: string): void =>
    terminal.out(JSON.stringify({ time: new Date().toISOString(), event: 'command', line }));
  return { ...terminal, out };
}

/** A dry run: the name of each stage as a comment above its commands, so that the output reads as a script. */
function planReporter(terminal: Terminal): Reporter {
  const titles = new Map<string, string>();
  return {
    report: (event) => {
      if (event.event === 'plan') for (const { name, title } of event.stages) titles.set(name, title);
      if (event.event === 'start') terminal.out(`\n# ${event.stage}: ${titles.get(event.stage) ?? ''}`);
      if (event.event === 'stands') terminal.out(`\n# ${event.stage}: nothing to do`);
      if (event.event === 'say') terminal.out(`# ${event.text}`);
    },
    close: () => undefined,
  };
}
