import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { errnoOf } from '../ground/errors.ts';

/** Milliseconds between two tries. */
const RETRY_DELAY = 50;

export interface ConnectOptions {
  /** How long the socket may take to appear; milliseconds. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** Connects to a socket that another program is about to open: tries again while there is none or nobody listens. */
export async function connectUnixSocket(path: string, options: ConnectOptions): Promise<Socket> {
  const deadline = Date.now() + options.timeoutMs;
  for (;;) {
    options.signal?.throwIfAborted();
    try {
      return await connectOnce(path);
    } catch (error) {
      const code = errnoOf(error);
      if ((code !== 'ENOENT' && code !== 'ECONNREFUSED') || Date.now() > deadline) throw error;
    }
    await sleep(RETRY_DELAY, undefined, options.signal === undefined ? {} : { signal: options.signal });
  }
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
