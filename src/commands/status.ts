import type { Terminal } from '../ground/terminal.ts';
import { duration } from '../ground/duration.ts';
import { progressText, remaining } from '../pipeline/format.ts';
import { openBuild } from '../recipes/recipe.ts';
import { buildStatus, type BuildStatus, type StageStatus } from '../recipes/status.ts';
import { addBuildOptions, surroundings, type BuildCommandOptions } from './build-options.ts';
import { examples, type RegisterCommand } from './command.ts';

interface Options extends BuildCommandOptions {
  readonly json?: boolean;
}

export const registerStatus: RegisterCommand = (program, context) => {
  const { terminal } = context;
  addBuildOptions(program.command('status'))
    .description('show how far build-image is; works while it runs in another terminal')
    .option('--json', 'print the status as JSON')
    .addHelpText(
      'after',
      examples(
        ['podbsd status', 'Look at the build on this machine'],
        ['podbsd status --host ssh://root@builder --json', 'Look at another machine, from a script'],
      ),
    )
    .action(async (options: Options) => {
      const build = await openBuild(options, surroundings(options, context));
      try {
        const status = await buildStatus(build);
        if (options.json === true) terminal.out(JSON.stringify(status, undefined, 2));
        else print(terminal, status);
      } finally {
        await build.close();
      }
    });
};

function print(terminal: Terminal, { owner, stages }: BuildStatus): void {
  terminal.out(
    owner === undefined
      ? 'Nobody is building.'
      : `Process ${owner.pid} on ${owner.hostname} is building since ${owner.since}.`,
  );
  for (const stage of stages) {
    terminal.out(`${stage.state.padEnd(11)} ${stage.name.padEnd(10)} ${stage.title}${times(stage)}`);
    if (stage.progress !== undefined) terminal.out(`${' '.repeat(12)}${progressText(stage.progress)}`);
    if (stage.problem !== undefined && stage.state !== 'done')
      for (const line of stage.problem.split('\n')) terminal.out(`${' '.repeat(12)}${line}`);
  }
}

function times({ state, started, ended, progress }: StageStatus): string {
  if (started === undefined) return '';
  const end = ended === undefined || state === 'running' ? Date.now() : Date.parse(ended);
  const seconds = (end - Date.parse(started)) / 1000;
  const left = progress === undefined ? undefined : remaining(progress, seconds);
  return ` - ${duration(seconds)}${left === undefined ? '' : `, about ${duration(left)} to go`}`;
}
