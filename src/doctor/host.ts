import type { Host } from '../host/host.ts';
import type { UserFolders } from '../podman/user-folders.ts';
import { ask } from '../host/ask.ts';
import { problem, type Check } from './check.ts';
import { foreignHostCheck, freebsdHostChecks } from './freebsd-host.ts';
import { openPodmanChecks, podmanChecks } from './podman/checks.ts';
import { judgeSpace } from './space.ts';

/** GiB that a machine's disk grows to in normal use, and what is left then for the image's unpacking. */
const SPACE = { needed: 5, scarce: 20 } as const;

/** The checks of the machine that podbsd runs on. */
export async function hostChecks(host: Host, folders: UserFolders, env: NodeJS.ProcessEnv): Promise<Check[]> {
  return [...(await systemChecks(host, folders, env)), spaceCheck(host, env['HOME'] ?? '/')];
}

async function systemChecks(host: Host, folders: UserFolders, env: NodeJS.ProcessEnv): Promise<Check[]> {
  if (process.platform === 'freebsd') return freebsdHostChecks(host);
  if (podmanChecks[process.platform] === undefined) return [foreignHostCheck];
  return (await openPodmanChecks(host, folders, env)).checks;
}

/** Disks of machines are kept below the user's home. */
function spaceCheck(host: Host, home: string): Check {
  return {
    id: 'host.space',
    title: 'disk space',
    look: async () => {
      const df = await ask(host, ['df', '-k', '-P', home]);
      return df === undefined
        ? problem(`df does not answer for ${home}`)
        : judgeSpace(df, { ...SPACE, repair: 'free space there, or remove machines that are not used' });
    },
  };
}
