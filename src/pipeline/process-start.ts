import { CommandError } from '../host/command-error.ts';
import { LocalHost } from '../host/local.ts';

/** When a process of this machine began, in the words of ps(1); undefined when there is no such process. */
export async function processStart(pid: number): Promise<string | undefined> {
  try {
    const argv = ['ps', '-o', 'lstart=', '-p', String(pid)] as const;
    const { stdout } = await new LocalHost().run(argv, { env: { LC_ALL: 'C', TZ: 'UTC' }, readOnly: true });
    return stdout.trim() === '' ? undefined : stdout.trim();
  } catch (error) {
    if (error instanceof CommandError && error.failure.exitCode === 1) return undefined;
    throw error;
  }
}
