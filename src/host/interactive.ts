import { CommandError } from './command-error.ts';
import type { Argv } from './host.ts';
import { HERE, startFailure } from './run-program.ts';

/**
 * Runs a program of this machine on the user's own terminal: ssh, a console. It gets the signals of the terminal
 * itself, so that ctrl-C reaches the guest and not podbsd.
 *
 * @returns its exit code; 128 + N when signal number N has ended it, as shells count.
 */
export async function runInteractive(argv: Argv): Promise<number> {
  const { execa } = await import('execa');
  const [program, ...args] = argv;
  const ignore = (): void => undefined;
  process.on('SIGINT', ignore);
  try {
    const result = await execa(program, args, { stdio: 'inherit', reject: false });
    if (result.exitCode !== undefined) return result.exitCode;
    if (result.signal !== undefined) return 128 + (result.signal === 'SIGINT' ? 2 : 15);
    const how = { ...startFailure(result.cause), exitCode: undefined, stdout: '', stderr: '' };
    throw new CommandError({ argv, hostName: HERE, ...how }, result.cause);
  } finally {
    process.off('SIGINT', ignore);
  }
}
