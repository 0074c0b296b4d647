import { commitGuest } from '../../alpine/guest/commit.ts';
import { formatProblem } from '../../alpine/overlay/problem.ts';
import { ExitCode } from '../../ground/errors.ts';
import { examples, type RegisterCommand } from '../command.ts';
import { openGuest } from './open.ts';

export const registerCommit: RegisterCommand = (group, { terminal, signal }) => {
  group
    .command('commit')
    .argument('<name>')
    .description('make the changes inside a running guest permanent, and keep the state before')
    .option('--dry-run', 'print the commands')
    .addHelpText(
      'after',
      examples(['podbsd alpine commit docker', 'Keep what was configured inside the guest']),
    )
    .action(async (name: string, options: { dryRun?: boolean }) => {
      const installed = await openGuest(terminal, name, {
        dryRun: options.dryRun,
        doing: `committing ${name}`,
      });
      const { generation, before, problems } = await commitGuest(installed, signal);
      if (options.dryRun === true) return;
      terminal.out(generation);
      for (const problem of problems) terminal.err(formatProblem(problem));
      if (generation === before) terminal.err(`Nothing has changed in ${name}.`);
      if (!problems.some((problem) => problem.severity === 'error')) return;
      terminal.err(
        `The guest may not work after its next start. To go back: podbsd alpine rollback ${name} ${before}`,
      );
      process.exitCode = ExitCode.data;
    });
};
