import { Context } from '../apply/context.ts';
import { applyDockerSocket } from '../apply/sockets.ts';
import type { System } from '../system/system.ts';

/** podman runs `systemd-tmpfiles --create --prefix=/run/docker.sock` after `machine set --rootful`. */
export function systemdTmpfiles(system: System, args: readonly string[]): number {
  const prefixes = args.filter((argument) => argument.startsWith('--prefix='));
  const concerned = prefixes.length === 0 || prefixes.includes('--prefix=/run/docker.sock');
  if (args.includes('--create') && concerned) applyDockerSocket(new Context(system));
  return 0;
}
