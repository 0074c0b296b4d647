import { ExitCode, PodbsdError } from '../../ground/errors.ts';
import { DryRunHost } from '../../host/dry-run.ts';
import type { Host } from '../../host/host.ts';

/**
 * A FreeBSD host with vm-bhyve, or in a dry run on another system an imagined one: it cannot be asked, so everything to
 * be created counts as missing and everything to be used as present.
 */
export interface Site {
  readonly host: Host;
}

/**
 * The site on this machine.
 * @throws PodbsdError (exit code `host`) when this is not FreeBSD or the user is not root, unless it is a dry run.
 */
export async function openSite(
  local: Host,
  options: { readonly print?: (line: string) => void; readonly root: boolean; readonly doing: string },
): Promise<Site> {
  const { print, doing } = options;
  const system = (await local.run(['uname', '-s'], { readOnly: true })).stdout.trim();
  if (system !== 'FreeBSD') {
    if (print !== undefined) return { host: new DryRunHost(print) };
    throw new PodbsdError({
      doing,
      problem: `bhyve runs on FreeBSD only, and this is ${system}`,
      remedy: 'run the command on the FreeBSD host, or add --dry-run to see what it would do there',
      exitCode: ExitCode.host,
    });
  }
  if (print !== undefined) return { host: new DryRunHost(print, local) };
  if (options.root && (await local.run(['id', '-u'], { readOnly: true })).stdout.trim() !== '0')
    throw new PodbsdError({
      doing,
      problem: 'vm-bhyve needs root',
      remedy: 'run the command as root, for example with mdo, doas or sudo',
      exitCode: ExitCode.host,
    });
  return { host: local };
}
