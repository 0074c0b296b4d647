import { CommandError } from './command-error.ts';
import type { Argv, Host } from './host.ts';

/** Milliseconds that a question may take, on a guest under emulation too. */
const PATIENCE = 60_000;

/**
 * What a command that only looks prints, trimmed. Undefined when it is not installed or says no by its exit code, and
 * when nobody can be asked (a dry run of what would happen elsewhere). What is wrong with the host itself, such as a
 * lost connection, is thrown.
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

/** Whether a command that only looks says yes: false also when it is not installed or nobody can be asked. */
export async function confirms(host: Host, argv: Argv): Promise<boolean> {
  return (await ask(host, argv)) !== undefined;
}

/** Whether a command that only looks says no. Where nobody can be asked a plan assumes what it needs: false. */
export async function refuses(host: Host, argv: Argv): Promise<boolean> {
  return host.answers && (await ask(host, argv)) === undefined;
}

/** Whether a host has looked and found nothing of that name. Where nobody can be asked a plan goes on: false. */
export async function lacks(host: Host, path: string): Promise<boolean> {
  return host.answers && (await host.stat(path)) === undefined;
}
