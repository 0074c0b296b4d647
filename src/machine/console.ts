import { connect } from 'node:net';
import type { ReadStream, WriteStream } from 'node:tty';

/** ctrl-] leaves the console, as with telnet(1). */
export const LEAVE = 0x1d;

/** Connects a terminal to a machine's first serial port until the user leaves or the machine ends. */
export async function attachConsole(
  socketPath: string,
  input: ReadStream,
  output: WriteStream,
): Promise<void> {
  const socket = connect(socketPath);
  const forward = (typed: Buffer): void => {
    const end = typed.indexOf(LEAVE);
    if (end === -1) {
      socket.write(typed);
      return;
    }
    socket.end(typed.subarray(0, end));
    socket.destroy();
  };
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.once('close', () => resolve());
      socket.once('connect', () => {
        if (input.isTTY) input.setRawMode(true);
        input.on('data', forward);
        socket.pipe(output, { end: false });
      });
    });
  } finally {
    input.off('data', forward);
    if (input.isTTY) input.setRawMode(false);
    input.pause();
  }
}
