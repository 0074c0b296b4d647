import type { Argv, RunResult, System } from '../system/system.ts';

/** Runs a program that must succeed; the error holds what the program said. */
export function runProgram(system: System, argv: Argv, input?: string): RunResult {
  const result = system.run(argv, input);
  if (result.code !== 0) throw new Error(whatFailed(argv, result));
  return result;
}

/** One line: the command, its exit code and its own words. */
export function whatFailed(argv: Argv, result: RunResult): string {
  if (result.code === 127 && result.err === '') return `${argv[0]} is missing`;
  const words = (result.err.trim() || result.out.trim()).split('\n').slice(-3).join('; ');
  return `${argv.join(' ')} failed with exit code ${result.code}${words === '' ? '' : `: ${words}`}`;
}
