import { CommandError } from './command-error.ts';
import type { Argv, Host } from './host.ts';

/** Milliseconds that a read-only command may take, even on an emulated guest. */
const PATIENCE = 60_000;

/**
 * The trimmed output of a read-only command. Undefined when it is not installed or fails, and when the host cannot be
 * asked (a dry run for another system). Problems of the host itself, such as a lost connection, are thrown.
 */
export async function ask(host: Host, argv: Argv): Promise<string | undefined> {
  if (!host.answers) return undefined;
  try {
    return (await host.run(argv, { readOnly: true, timeoutMs: PATIENCE })).stdout.trim();
  } catch (error) {
    if (error instanceof CommandError) return undefined;
    throw error;
  }
}

/** Whether a read-only command succeeds: false also when it is not installed or the host cannot be asked. */
export async function confirms(host: Host, argv: Argv): Promise<boolean> {
  return (await ask(host, argv)) !== undefined;
}

/** Whether a read-only command fails. False where the host cannot be asked: a plan then assumes what it needs. */
export async function refuses(host: Host, argv: Argv): Promise<boolean> {
  return host.answers && (await ask(host, argv)) === undefined;
}

/**
 * Whether a host has looked and found nothing of that name. False where the host cannot be asked: a plan then
 * continues.
 */
export async function lacks(host: Host, path: string): Promise<boolean> {
  return host.answers && (await host.stat(path)) === undefined;
}
