import type { MachineRecord } from './record.ts';

/** Where the API service is reached in the guest, and as which user. */
export interface ApiTarget {
  readonly user: string;
  readonly socket: string;
}

/** The machine user's path, which rootless clients use, or root's. In a FreeBSD guest both lead to the same service. */
export function apiTarget({
  rootful,
  user,
  uid,
}: Pick<MachineRecord, 'rootful' | 'user' | 'uid'>): ApiTarget {
  return rootful
    ? { user: 'root', socket: '/run/podman/podman.sock' }
    : { user, socket: `/run/user/${uid}/podman/podman.sock` };
}
