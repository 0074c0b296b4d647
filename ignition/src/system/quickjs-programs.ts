import { engineModule } from './engine-module.ts';
import { plain, writeBytes } from './quickjs-files.ts';
import { SystemError, type Argv, type Content } from './system.ts';

type FILE = import('std').FILE;

const os: typeof import('os') = await engineModule('os');
const std: typeof import('std') = await engineModule('std');

/** What programs see of the environment: nothing of whoever started the agent, and never the shims in PATH. */
const environment = {
  PATH: '/sbin:/bin:/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin',
  HOME: '/root',
  LC_ALL: 'C',
} as const;

/** Files and not pipes: a daemon that the program leaves behind may keep them open without blocking us. */
export function withStreams<Result>(
  argv: Argv,
  input: Content,
  more: Readonly<Record<string, string>>,
  collect: (code: number, stdout: FILE, stderr: FILE) => Result,
): Result {
  const streams = [std.tmpfile(), std.tmpfile(), std.tmpfile()] as const;
  const [stdin, stdout, stderr] = streams;
  if (stdin === null || stdout === null || stderr === null) {
    throw new SystemError('run', argv[0], 0, 'no temporary file could be made in /tmp');
  }
  try {
    if (typeof input === 'string') stdin.puts(input);
    else writeBytes(stdin.fileno(), argv[0], input);
    stdin.flush();
    stdin.seek(0, std.SEEK_SET);
    const code = os.exec(argv.map(plain), {
      block: true,
      usePath: false,
      stdin: stdin.fileno(),
      stdout: stdout.fileno(),
      stderr: stderr.fileno(),
      env: { ...environment, ...more },
    });
    for (const stream of [stdout, stderr]) stream.seek(0, std.SEEK_SET);
    return collect(exitCode(code), stdout, stderr);
  } finally {
    for (const stream of [stdin, stdout, stderr]) stream.close();
  }
}

/** os.exec answers the exit code, or the negated signal number. */
export function exitCode(result: number): number {
  return result < 0 ? 128 - result : result;
}
