import { QmpClient } from './qmp.ts';

/** Milliseconds to wait for an answer of QEMU. */
const TIMEOUT = 10_000;

/** Asks a machine's QEMU something. Rejects when it does not answer: it hangs, is just starting, or is ending. */
export async function withMonitor<T>(
  socket: string,
  ask: (qmp: QmpClient) => Promise<T>,
  timeoutMs = TIMEOUT,
): Promise<T> {
  const signal = AbortSignal.timeout(timeoutMs);
  const qmp = await QmpClient.connect(socket, { timeoutMs: 1_000, signal });
  try {
    return await ask(qmp);
  } finally {
    qmp.close();
  }
}
