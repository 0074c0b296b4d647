import { Option } from 'commander';
import { poudriereRecipe } from '../build/recipe.ts';
import { stopOrphans } from '../build/orphans.ts';
import type { Reporter } from '../pipeline/events.ts';
import { runPipeline } from '../pipeline/runner.ts';
import { jsonReporter } from '../pipeline/report-json.ts';
import { lineReporter } from '../pipeline/report-lines.ts';
import { liveReporter } from '../pipeline/report-live.ts';
import type { Terminal } from '../terminal.ts';
import { addBuildOptions, logFolder, openBuild, type BuildOptions } from './build-env.ts';
import { examples, type RegisterCommand } from './command.ts';

interface Options extends BuildOptions {
  readonly recipe?: 'poudriere';
  readonly from?: string;
  readonly until?: string;
  readonly json?: boolean;
}

export const registerBuildImage: RegisterCommand = (program, { terminal, signal }) => {
  addBuildOptions(program.command('build-image'))
    .description('build a FreeBSD disk image for podman machine; goes on where an earlier run stopped')
    .addOption(new Option('--recipe <name>', 'how to build (default: [build] recipe)').choices(['poudriere']))
    .option('--out <dir>', 'folder for the finished image (default: [build] output)')
    .option('--from <stage>', 'make this stage and all after it anew')
    .option('--until <stage>', 'stop after this stage')
    .option('--dry-run', 'print every command in order and do nothing; works on any system')
    .option('--json', 'print events as lines of JSON')
    .addHelpText(
      'after',
      examples(
        ['podbsd build-image', 'Build on this FreeBSD machine (as root)'],
        ['podbsd build-image --host ssh://root@builder', 'Build on another machine, from Linux or macOS too'],
        ['podbsd build-image --dry-run', 'See what would be done'],
        ['podbsd build-image --from packages', 'Build packages and image again, keep the FreeBSD base'],
      ),
    )
    .action(async (options: Options) => {
      const env = await openBuild(options, terminal);
      try {
        await runPipeline({
          host: env.host,
          stages: poudriereRecipe(env),
          directory: env.paths.directory,
          logs: logFolder(env),
          range: { from: options.from, until: options.until },
          reporter: reporterFor(options, terminal),
          signal,
          stopOrphans: (run) => stopOrphans(env, run),
        });
      } finally {
        await env.host.close();
      }
    });
};

function reporterFor(options: Options, terminal: Terminal): Reporter {
  if (options.json === true) return jsonReporter(terminal);
  if (options.dryRun === true) return planReporter(terminal);
  return terminal.interactive ? liveReporter(terminal) : lineReporter(terminal);
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
