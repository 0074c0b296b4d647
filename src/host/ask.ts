import { CommandError } from './command-error.ts';
import type { Argv, Host } from './host.ts';

/** A host that can be asked, unless a dry run on another system can only assume what it would say. */
export interface Askable {
  readonly host: Host;
  readonly assumed: boolean;
}

/** What a command that only looks prints, trimmed; undefined when it fails or nobody can be asked. */
export async function answer({ host, assumed }: Askable, argv: Argv): Promise<string | undefined> {
  if (assumed) return undefined;
  try {
    return (await host.run(argv, { readOnly: true })).stdout.trim();
  } catch (error) {
    if (error instanceof CommandError) return undefined;
    throw error;
  }
}
