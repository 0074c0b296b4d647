import type { Host } from '../../host/host.ts';
import type { Inspection } from '../../podman/inspect.ts';
import type { UserFolders } from '../../podman/user-folders.ts';

/** The facts that the checks of podman on this host are based on. */
export interface PodmanFacts {
  readonly host: Host;
  readonly found: Inspection;
  readonly folders: UserFolders;
  readonly env: NodeJS.ProcessEnv;
}
