import { describe, expect, it } from 'vitest';
import { ExitCode } from '../../src/ground/errors.ts';
import { startInBackground } from '../../src/host/background.ts';
import { CommandError, failedBy, type FailureKind } from '../../src/host/command-error.ts';
import { PipedProgram } from '../../src/host/piped-program.ts';
import { programOutput, runProgram } from '../../src/host/run-program.ts';

async function kindOf(work: Promise<unknown>): Promise<FailureKind | undefined> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return error instanceof CommandError ? error.failure.kind : undefined;
}

describe('how a program failed', () => {
  it.each([
    ['exit', ['false'], {}],
    ['no-program', ['podbsd-no-such-program'], {}],
    ['no-start', ['/etc/passwd'], {}],
    ['no-start', ['true'], { cwd: '/podbsd/no/such/folder' }],
    ['signal', ['sh', '-c', 'kill -9 $$'], {}],
    ['timeout', ['sleep', '600'], { timeoutMs: 50 }],
    ['stopped', ['sleep', '600'], { signal: AbortSignal.abort() }],
  ] as const)('is known by its kind: %s', async (kind, argv, options) => {
    expect(await kindOf(runProgram(argv, options))).toBe(kind);
  });

  it('is the same for programs at the end of a pipe and in the background', async () => {
    const piped = new PipedProgram(['podbsd-no-such-program'], { stdout: () => undefined });
    expect(await kindOf(piped.end())).toBe('no-program');
    expect(await kindOf(startInBackground(['podbsd-no-such-program'], '/dev/null'))).toBe('no-program');
  });

  it('blames the host for a program that it does not have, and the program for everything else', async () => {
    const error = await runProgram(['podbsd-no-such-program']).catch((thrown: unknown) => thrown);
    expect(failedBy(error, 'no-program') && error.exitCode).toBe(ExitCode.host);
    const other = await runProgram(['false']).catch((thrown: unknown) => thrown);
    expect(failedBy(other, 'exit') && other.exitCode).toBe(ExitCode.program);
  });

  it('is a full disk when the program says so, however it ended', async () => {
    const argv = ['sh', '-c', 'echo "plain_io: No space left on device" >&2; kill -SEGV $$'] as const;
    await expect(runProgram(argv)).rejects.toMatchObject({
      exitCode: ExitCode.diskFull,
      remedy: 'free space there, then run the same command again',
    });
  });
});

describe('what a program prints', () => {
  it('is undefined when the program fails or is not there', async () => {
    expect(await programOutput(['echo', ' yes '])).toBe('yes');
    expect(await programOutput(['false'])).toBeUndefined();
    expect(await programOutput(['podbsd-no-such-program'])).toBeUndefined();
  });
});
