import { setTimeout as sleep } from 'node:timers/promises';
import { ExitCode, PodbsdError } from '../../ground/errors.ts';
import { ConnectionLostError } from './connection.ts';

/** Pauses before the second and each further attempt, milliseconds: about a minute in all, as a rebooting router needs. */
const pauses = [0, 1_000, 3_000, 8_000, 20_000, 30_000];

/** Retries what failed because its connection broke. Other errors, and that of the last attempt, are thrown. */
export async function again<T>(work: () => Promise<T>, repeatable: (error: unknown) => boolean): Promise<T> {
  for (const pause of pauses) {
    try {
      return await work();
    } catch (error) {
      if (!repeatable(error)) throw error;
      await sleep(pause);
    }
  }
  return await work();
}

/** The connection broke before anything was sent, so that even a command that changes something may be repeated. */
export function isLostBefore(error: unknown): boolean {
  return error instanceof ConnectionLostError && error.nothingDone;
}

export function isLost(error: unknown): boolean {
  return error instanceof ConnectionLostError;
}

/** The server could not be reached: the network's fault, not that of a key. */
export function isNetworkError(error: unknown): boolean {
  return error instanceof PodbsdError && error.exitCode === ExitCode.network;
}
