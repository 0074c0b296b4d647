import type { ProgramContext } from './command.ts';
import { createProgram } from './program.ts';
import { reportError } from './report-error.ts';
import { ExitCode } from '../ground/errors.ts';
import { watchInterruption } from '../ground/interruption.ts';
import { ModalTerminal } from '../ground/modal-terminal.ts';
import { processTerminal } from '../ground/terminal.ts';

/** Runs the command line and returns the exit code. Nothing below this function ends the process by itself. */
export async function runCommandLine(argv: readonly string[]): Promise<number> {
  const terminal = new ModalTerminal(processTerminal());
  const streams = [process.stdin, process.stdout, process.stderr];
  const interruption = watchInterruption(process, { onTerminal: streams.some(({ isTTY }) => isTTY) });
  // What a library throws where nobody can catch it is told in words as well.
  process.once('uncaughtException', (error) => {
    process.exit(reportError(error, terminal));
  });
  const context: ProgramContext = { terminal, signal: interruption.signal };
  try {
    const program = await createProgram(context, argv);
    await program.parseAsync([...argv], { from: 'user' });
    return Number(process.exitCode ?? ExitCode.ok);
  } catch (error) {
    const received = interruption.received();
    if (received !== undefined && isInterruption(error, interruption.signal)) {
      if (!terminal.failure({ problem: `stopped by ${received}`, exitCode: ExitCode.interrupted }))
        terminal.base.err(`stopped by ${received}`);
      return ExitCode.interrupted;
    }
    const exitCode = reportError(error, terminal);
    return received === undefined ? exitCode : ExitCode.interrupted;
  }
}

/** Whether nothing more has happened than that the user stopped it. Timers and streams say so in an error of their own. */
function isInterruption(error: unknown, { reason }: AbortSignal): boolean {
  return error === reason || (error instanceof Error && error.name === 'AbortError');
}
