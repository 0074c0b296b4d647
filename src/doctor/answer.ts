import { CommandError } from '../host/command-error.ts';
import type { Argv, Host } from '../host/host.ts';

/** Milliseconds that a question may take, on a guest under emulation too. */
const PATIENCE = 60_000;

/**
 * What a program prints; undefined when it is missing or says no by its exit code. What is wrong with the host itself,
 * such as a lost connection, is thrown.
 */
export async function answer(host: Host, argv: Argv): Promise<string | undefined> {
  try {
    return (await host.run(argv, { readOnly: true, timeoutMs: PATIENCE })).stdout.trim();
  } catch (error) {
    if (error instanceof CommandError) return undefined;
    throw error;
  }
}
