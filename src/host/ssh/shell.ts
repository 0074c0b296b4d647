import type { ReadStream, WriteStream } from 'node:tty';
import type { Client, ClientChannel } from 'ssh2';

/** The terminal that a login shell is connected to. */
export interface ShellTerminal {
  readonly input: ReadStream;
  readonly output: WriteStream;
}

/** Opens a login shell on the server in this terminal and returns its exit code. */
export async function interactiveShell(client: Client, { input, output }: ShellTerminal): Promise<number> {
  const channel = await new Promise<ClientChannel>((resolve, reject) => {
    const window = { term: process.env['TERM'] ?? 'vt100', rows: output.rows, cols: output.columns };
    client.shell(window, (error, opened) => (error === undefined ? resolve(opened) : reject(error)));
  });
  const onResize = (): void => channel.setWindow(output.rows, output.columns, 0, 0);
  output.on('resize', onResize);
  input.setRawMode(true);
  input.pipe(channel);
  channel.pipe(output, { end: false });
  try {
    return await new Promise<number>((resolve) => {
      // The close event has the exit status, too.
      channel.on('close', (code?: number | null) => resolve(code ?? 255));
    });
  } finally {
    output.off('resize', onResize);
    input.unpipe(channel);
    input.setRawMode(false);
    input.pause();
  }
}
