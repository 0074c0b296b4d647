#!/usr/bin/env node
/**
 * The program. It imports nothing at first, so that it can say in words why it cannot start: an old Node.js does not
 * understand the rest, and each part of it is a file that has to be opened.
 */
const LEAST_NODE = [20, 19] as const;
/** ExitCode.host, whose file is not loaded yet. */
const HOST = 11;

function failure(problem: string, remedy: string): number {
  process.stderr.write(`error: starting podbsd\n  ${problem}\nnext:  ${remedy}\n`);
  return HOST;
}

async function start(): Promise<number> {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < LEAST_NODE[0] || (major === LEAST_NODE[0] && minor < LEAST_NODE[1]))
    return failure(
      `it needs Node.js ${LEAST_NODE.join('.')} or later, and this is ${process.versions.node}`,
      'install a newer Node.js; https://nodejs.org has packages for every system',
    );
  let program: typeof import('./commands/run.ts');
  try {
    program = await import('./commands/run.ts');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    const remedy =
      code === 'EMFILE' || code === 'ENFILE'
        ? 'allow more open files (ulimit -n), then run the same command again'
        : 'install podbsd again, with its dependencies';
    return failure(error instanceof Error ? error.message : String(error), remedy);
  }
  return await program.runCommandLine(process.argv.slice(2));
}

process.exitCode = await start();
