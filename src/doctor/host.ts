import type { Host } from '../host/host.ts';
import { inspectHost } from '../podman/inspect.ts';
import type { UserFolders } from '../podman/user-folders.ts';
import { ask } from '../host/ask.ts';
import { problem, type Check } from './check.ts';
import { foreignHostCheck, freebsdHostChecks } from './freebsd-host.ts';
import { macosHostChecks } from './macos-host.ts';
import { podmanHostChecks } from './podman-host.ts';
import { judgeSpace } from './space.ts';

/** GiB that a machine's disk grows to in normal use, and what is left then for the image's unpacking. */
const SPACE = { needed: 5, scarce: 20 } as const;

/** The checks of the machine that podbsd runs on. */
export async function hostChecks(host: Host, folders: UserFolders, env: NodeJS.ProcessEnv): Promise<Check[]> {
  return [...(await systemChecks(host, folders, env)), spaceCheck(host, env['HOME'] ?? '/')];
}

async function systemChecks(host: Host, folders: UserFolders, env: NodeJS.ProcessEnv): Promise<Check[]> {
  switch (process.platform) {
    case 'freebsd':
      return freebsdHostChecks(host);
    case 'linux':
      return podmanHostChecks(host, await inspectHost(host, { folders, env }), folders, env);
    case 'darwin':
      return macosHostChecks(host, await inspectHost(host, { folders, env }));
    default:
      return [foreignHostCheck];
  }
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
