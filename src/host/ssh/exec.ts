import type { Client, ClientChannel } from 'ssh2';
import { CommandError, type CommandFailure } from '../command-error.ts';
import { formatArgv } from '../../ground/quote.ts';
import type { Argv, RunOptions, RunResult } from '../host.ts';
import { LineSplitter } from '../line-splitter.ts';
import { openLogFile } from '../log-file.ts';
import { ConnectionLostError } from './connection.ts';
import { Output } from '../output.ts';
import { Preamble } from './preamble.ts';
import { remoteCommand, type Start } from './remote-command.ts';
import type { SshSettings } from './settings.ts';
import { Stopper } from './stopper.ts';
import { formatSshUrl } from './url.ts';

/** Runs one program on the server of an open connection. */
export async function exec(
  client: Client,
  settings: SshSettings,
  argv: Argv,
  options: RunOptions = {},
): Promise<RunResult> {
  const hostName = formatSshUrl(settings);
  const { request, mark } = remoteCommand(argv, options);
  const stdout = new Output();
  const stderr = new Output();
  const fail = (
    how: Pick<CommandFailure, 'kind' | 'reason'> & { exitCode?: number; signal?: string },
    cause?: unknown,
  ): CommandError =>
    new CommandError(
      { argv, hostName, exitCode: how.exitCode, ...how, stdout: stdout.text(), stderr: stderr.text() },
      cause,
    );
  if (options.signal?.aborted === true) throw fail({ kind: 'stopped' }, options.signal.reason);

  const log = options.logFile === undefined ? undefined : await openLogFile(options.logFile);
  let start: Start | undefined;
  const lost = (nothingDone = false): ConnectionLostError =>
    new ConnectionLostError(settings, `running \`${formatArgv(argv)}\` on ${hostName}`, {
      remedy: afterLoss(start),
      nothingDone,
    });
  try {
    const channel = await openChannel(client, request, lost);
    const ended = channelEnd(client, channel, lost);
    const out = new LineSplitter((line) => options.onLine?.(line, 'stdout'));
    const err = new LineSplitter((line) => options.onLine?.(line, 'stderr'));
    channel.on('data', (chunk: Buffer) => {
      stdout.push(chunk);
      log?.write(chunk);
      out.push(chunk);
    });
    const stopper = new Stopper(client, channel);
    const preamble = new Preamble(mark, (found) => {
      start = found;
      if (found.kind === 'started') stopper.started(found.pid);
    });
    channel.stderr.on('data', (raw: Buffer) => {
      const chunk = preamble.strip(raw);
      if (chunk.length === 0) return;
      stderr.push(chunk);
      log?.write(chunk);
      err.push(chunk);
    });

    const release = stopper.watch(options);
    channel.end(options.input);
    const { code, signal } = await ended.finally(release).catch((error: unknown) => {
      if (stopper.kind === undefined) throw error;
      return { code: undefined, signal: undefined };
    });
    out.end();
    err.end();

    if (stopper.kind !== undefined) throw fail({ ...exitOf(code, signal), kind: stopper.kind });
    if (start?.kind === 'no-program') throw fail({ kind: 'no-program' });
    if (start?.kind === 'no-directory')
      throw fail({ kind: 'no-start', reason: `no such directory: ${options.cwd ?? ''}` });
    if (code === undefined || !(options.okCodes ?? [0]).includes(code))
      throw fail({ ...exitOf(code, signal), kind: signal === undefined ? 'exit' : 'signal' });
    return { exitCode: code, stdout: stdout.text(), stderr: stderr.text() };
  } finally {
    await log?.close();
  }
}

function exitOf(
  code: number | undefined,
  signal: string | undefined,
): { exitCode?: number; signal?: string } {
  return { ...(code === undefined ? {} : { exitCode: code }), ...(signal === undefined ? {} : { signal }) };
}

function afterLoss(start: Start | undefined): string {
  const still = start?.kind === 'started' ? `; the program (process ${start.pid}) may still run there` : '';
  return `check the network and run the same command again: it goes on where it stopped${still}`;
}

function openChannel(
  client: Client,
  request: string,
  lost: (nothingDone?: boolean) => Error,
): Promise<ClientChannel> {
  return new Promise((resolve, reject) => {
    const onClose = (): void => reject(lost());
    client.once('close', onClose);
    try {
      client.exec(request, (error, channel) => {
        client.off('close', onClose);
        if (error === undefined) resolve(channel);
        else reject(error);
      });
    } catch {
      // ssh2 throws when the connection is down already: nothing has been sent.
      client.off('close', onClose);
      reject(lost(true));
    }
  });
}

interface End {
  readonly code: number | undefined;
  /** As `SIGKILL`. */
  readonly signal: string | undefined;
}

/** Waits for the channel's end. When a channel closes without an exit status, its connection was lost. */
function channelEnd(client: Client, channel: ClientChannel, lost: () => Error): Promise<End> {
  return new Promise((resolve, reject) => {
    let end: End | undefined;
    const onClose = (): void => (end === undefined ? reject(lost()) : resolve(end));
    client.once('close', onClose);
    const note = (code?: number | null, signal?: string): void => {
      // Undefined: closed without an exit status.
      if (code === undefined) return;
      end ??= {
        code: code ?? undefined,
        signal: signal === undefined ? undefined : `SIG${signal.replace(/^SIG/, '')}`,
      };
    };
    channel.on('exit', note);
    channel.on('error', () => undefined);
    // With the status once more: where the answers of the server came all at once, 'exit' was before anybody listened.
    channel.on('close', (code?: number | null, signal?: string) => {
      note(code, signal);
      client.off('close', onClose);
      onClose();
    });
  });
}
