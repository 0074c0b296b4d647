import { connect, type Socket } from 'node:net';
import { errnoOf } from '../ground/errors.ts';
import { until } from '../ground/until.ts';

/** Milliseconds between two attempts. */
const RETRY_DELAY = 50;

export interface ConnectOptions {
  /** How long the socket may take to appear; milliseconds. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** Connects to a socket that another program is about to open: tries again while there is none or nobody listens. */
export async function connectUnixSocket(path: string, options: ConnectOptions): Promise<Socket> {
  let refusal: unknown;
  const socket = await until(
    async () =>
      await connectOnce(path).catch((error: unknown) => {
        const code = errnoOf(error);
        if (code !== 'ENOENT' && code !== 'ECONNREFUSED') throw error;
        refusal = error;
        return undefined;
      }),
    { every: RETRY_DELAY, within: options.timeoutMs, signal: options.signal },
  );
  if (socket === undefined) throw refusal;
  return socket;
}

async function connectOnce(path: string): Promise<Socket> {
  return await new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve(socket);
    });
    socket.once('error', reject);
  });
}
