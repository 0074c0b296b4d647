import type { Socket } from 'node:net';
import { ExitCode, PodbsdError } from '../ground/errors.ts';
import { LineSplitter } from '../host/line-splitter.ts';
import { connectUnixSocket } from './unix-socket.ts';

/** QEMU opens its sockets within this time even on a busy host; milliseconds. */
const SOCKET_TIMEOUT = 30_000;

export interface ReadyOptions {
  /** How long the guest may take; milliseconds. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/**
 * Waits for the line that the guest writes to its ready port once per boot. Must be called right after QEMU's start: what
 * a guest writes while nobody is connected is lost.
 *
 * The guest agent writes `Failed: REASON` instead of `Ready` when it could not apply the config. podman would take any
 * line for readiness; here it is an error.
 */
export async function waitForReady(path: string, options: ReadyOptions): Promise<void> {
  const connecting = { timeoutMs: SOCKET_TIMEOUT, ...(options.signal ? { signal: options.signal } : {}) };
  const socket = await connectUnixSocket(path, connecting);
  try {
    const line = await firstLine(socket, options);
    if (line !== 'Ready') throw notReady(`the guest says: ${line}`);
  } finally {
    socket.destroy();
  }
}

async function firstLine(socket: Socket, { timeoutMs, signal }: ReadyOptions): Promise<string> {
  return await new Promise((resolve, reject) => {
    const splitter = new LineSplitter(resolve);
    const timer = setTimeout(() => {
      reject(notReady(`no answer from the guest for ${Math.round(timeoutMs / 1000)} s`));
    }, timeoutMs);
    const abort = (): void => {
      reject(signal?.reason instanceof Error ? signal.reason : new Error('stopped'));
    };
    socket.on('data', (chunk: Buffer) => splitter.push(chunk));
    socket.on('error', reject);
    socket.on('close', () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      reject(notReady('QEMU ended before the guest was ready'));
    });
    signal?.addEventListener('abort', abort);
    // Aborted while the socket was being opened: the event will not come again.
    if (signal?.aborted === true) abort();
  });
}

function notReady(problem: string): PodbsdError {
  return new PodbsdError({
    doing: 'waiting for the guest to get ready',
    problem,
    exitCode: ExitCode.notReady,
  });
}
