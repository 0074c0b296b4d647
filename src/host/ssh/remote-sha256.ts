import { failedBy } from '../command-error.ts';
import type { Host, RunOptions } from '../host.ts';

/** FreeBSD's base system has sha256(1), and since 14.0 sha256sum(1) as well; Linux has the second only. */
export async function remoteSha256(
  host: Host,
  path: string,
  signal: AbortSignal | undefined,
): Promise<string> {
  const options: RunOptions = { readOnly: true, ...(signal === undefined ? {} : { signal }) };
  try {
    return (await host.run(['sha256', '-q', path], options)).stdout.trim();
  } catch (error) {
    if (!failedBy(error, 'no-program')) throw error;
    // With a backslash in the name sha256sum prints one in front of the sum.
    return (await host.run(['sha256sum', path], options)).stdout.replace(/^\\/, '').slice(0, 64);
  }
}
