import { randomBytes } from 'node:crypto';
import type { Argv, RunOptions } from '../host.ts';
import { quoteWord } from '../../ground/quote.ts';
import { shRequest } from './quote.ts';

/** What is sent to the server for one program, and how the report of its start on standard error is recognized. */
export interface RemoteCommand {
  readonly request: string;
  /** Begins the line of standard error that reports the start; no other line can begin with it. */
  readonly mark: string;
}

/** How the start of a program went, as the remote sh saw it. */
export type Start =
  | { readonly kind: 'started'; readonly pid: number }
  | { readonly kind: 'no-program' }
  | { readonly kind: 'no-directory' };

/**
 * Builds the script that becomes the program: it enters the directory, sets variables, prints its process id on
 * standard error and then execs, so that the id is the program's own. The id is what a signal needs later: SSH's own
 * signal request goes to the whole process group, and Poudriere's children must not die before Poudriere.
 */
export function remoteCommand(
  argv: Argv,
  options: Pick<RunOptions, 'cwd' | 'env' | 'input'> = {},
): RemoteCommand {
  const mark = `podbsd-${randomBytes(8).toString('hex')}`;
  const say = (how: string): string => `echo ${mark} ${how} >&2`;
  const steps = [
    ...preparation(argv, options, say),
    say('$$'),
    `exec ${argv.map(quoteWord).join(' ')}${options.input === undefined ? ' </dev/null' : ''}`,
  ];
  return { request: shRequest(steps.join('; ')), mark };
}

/**
 * Builds the script that starts a program independent of the connection, only once however often it is run. The outcome
 * is written to files in `folder`: `out` and `err`, `pid`, `status` when it has ended, and `waiting` for the process id
 * of the shell that writes the latter.
 */
export function startScript(
  argv: Argv,
  folder: string,
  options: Pick<RunOptions, 'cwd' | 'env'> = {},
): string {
  const file = (name: string): string => quoteWord(`${folder}/${name}`);
  const program = [folder, ...argv].map(quoteWord).join(' ');
  const steps = [
    ...preparation(argv, options, () => ':'),
    `mkdir ${file('started')} 2>/dev/null || { test -d ${file('started')}; exit; }`,
    `( /bin/sh -c ${quoteWord('echo $$ >"$0/pid"; exec "$@"')} ${program} >${file('out')} 2>${file('err')}; ` +
      `echo $? >${file('ended')}; mv ${file('ended')} ${file('status')} ) </dev/null >/dev/null 2>&1 & ` +
      `echo $! >${file('waiting')}`,
  ];
  return steps.join('; ');
}

/** Enters the directory, sets variables and looks for the program: what can go wrong before it runs. */
function preparation(
  argv: Argv,
  options: Pick<RunOptions, 'cwd' | 'env'>,
  say: (how: 'no-directory' | 'no-program') => string,
): readonly string[] {
  return [
    ...(options.cwd === undefined
      ? []
      : [`cd ${quoteWord(options.cwd)} 2>/dev/null || { ${say('no-directory')}; exit 126; }`]),
    ...Object.entries(options.env ?? {}).map(
      ([name, value]) => `export ${variable(name)}=${quoteWord(value)}`,
    ),
    `command -v ${quoteWord(argv[0])} >/dev/null || { ${say('no-program')}; exit 127; }`,
  ];
}

/** Reads the marked line; undefined for any other line. */
export function readStart(line: string, mark: string): Start | undefined {
  if (!line.startsWith(`${mark} `)) return undefined;
  const how = line.slice(mark.length + 1).trim();
  if (how === 'no-program' || how === 'no-directory') return { kind: how };
  return { kind: 'started', pid: Number(how) };
}

function variable(name: string): string {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
    throw new TypeError(`${JSON.stringify(name)} cannot name a variable`);
  return name;
}
