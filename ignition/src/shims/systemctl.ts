import { Context } from '../apply/context.ts';
import { refreshServiceEnvironment } from '../apply/service-environment.ts';
import { readStatus } from '../state/status.ts';
import type { System } from '../system/system.ts';
import { reportFailedProvision } from './failed-provision.ts';
import { sayNoShares } from './notice.ts';
import { isRunning, service } from './podman-service.ts';

/** systemd's exit code for "not running". */
const notActive = 3;

/** systemctl for podman's units; about anything else it succeeds without doing something. */
export function systemctl(system: System, args: readonly string[]): number {
  const [verb, ...units] = args.filter((argument) => !argument.startsWith('-'));
  if (args.includes('--user')) return 0;
  if (verb === 'daemon-reload') return reload(system);
  if (!units.some((unit) => /^podman(\.socket|\.service)?$/.test(unit))) return 0;
  switch (verb) {
    case 'is-active': {
      const active = isRunning(system);
      if (!args.includes('--quiet') && !args.includes('-q')) system.out(active ? 'active\n' : 'inactive\n');
      return active ? 0 : notActive;
    }
    case 'start':
      return isRunning(system) ? 0 : service(system, 'start');
    case 'stop':
      return isRunning(system) ? service(system, 'stop') : 0;
    case 'restart':
    case 'try-restart':
    case 'reload-or-restart':
      return service(system, 'restart');
    default:
      return 0;
  }
}

/**
 * The last command of the script that podman 5 and 6 send at each start: by now the proxies are in their files. The
 * service is restarted only when they have changed, as that ends what its clients are doing.
 */
function reload(system: System): number {
  if (reportFailedProvision(system)) return 1;
  const context = new Context(system);
  const noShares = readStatus(system)?.noShares;
  if (noShares !== undefined) sayNoShares(context, noShares);
  const changed = refreshServiceEnvironment(context);
  return changed && isRunning(system) ? service(system, 'restart') : 0;
}
