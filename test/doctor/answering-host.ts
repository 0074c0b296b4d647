import { CommandError } from '../../src/host/command-error.ts';
import { DryRunHost } from '../../src/host/dry-run.ts';
import type { Argv, Host, RunOptions, RunResult } from '../../src/host/host.ts';

/** What a program prints; a number is the exit code with which it says no. */
export type Answers = Readonly<Record<string, string | number>>;

/**
 * A host that only answers questions, by their whole command line. A command that is not marked as one that only looks
 * makes the test fail, and a program that has no answer is not installed.
 */
export function answeringHost(answers: Answers): Host {
  const run = async (argv: Argv, options: RunOptions = {}): Promise<RunResult> => {
    const line = argv.join(' ');
    if (options.readOnly !== true) throw new Error(`doctor must not run ${line}`);
    const answer = answers[line];
    if (typeof answer === 'string') return { exitCode: 0, stdout: answer, stderr: '' };
    throw new CommandError({
      argv,
      hostName: 'the guest',
      exitCode: answer,
      kind: answer === undefined ? 'no-program' : 'exit',
      stdout: '',
      stderr: '',
    });
  };
  const refuse = (line: string): never => {
    throw new Error(`doctor must not do this: ${line}`);
  };
  const host = new DryRunHost(refuse);
  Object.defineProperty(host, 'answers', { value: true });
  return Object.assign(host, { run });
}
