import type { Host } from '../host/host.ts';
import type { UserFolders } from '../podman/user-folders.ts';
import type { Check } from './check.ts';
import { foreignHostCheck, freebsdHostChecks } from './freebsd-host.ts';
import { openPodmanChecks, podmanChecks } from './podman/checks.ts';
import { sleepCheck } from './sleep.ts';
import { spaceChecks } from './space-here.ts';

/** The checks of the machine that podbsd runs on. */
export async function hostChecks(host: Host, folders: UserFolders, env: NodeJS.ProcessEnv): Promise<Check[]> {
  return [...(await systemChecks(host, folders, env)), ...(await spaceChecks(env)), sleepCheck(host)];
}

async function systemChecks(host: Host, folders: UserFolders, env: NodeJS.ProcessEnv): Promise<Check[]> {
  if (process.platform === 'freebsd') return freebsdHostChecks(host);
  if (podmanChecks[process.platform] === undefined) return [foreignHostCheck];
  return (await openPodmanChecks(host, folders, env)).checks;
}
