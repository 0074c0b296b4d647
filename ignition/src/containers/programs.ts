import { QuickjsEvents } from '../system/quickjs-events.ts';
import { QuickjsInvocation } from '../system/quickjs-invocation.ts';
import type { System } from '../system/system.ts';
import { guestHealthPlaces, health } from './health/program.ts';
import { reviveResolvers } from './names/keeper.ts';
import { dnsname } from './names/program.ts';

/** Answers the exit code. */
type Program = (system: System, args: readonly string[]) => number | Promise<number>;

/** What podman leaves undone on FreeBSD, by the name that the agent is called by. */
export const containerPrograms: ReadonlyMap<string, Program> = new Map<string, Program>([
  ['dnsname', (system, args) => dnsname(system, new QuickjsInvocation(), args)],
  [
    'podbsd-health',
    (system) => {
      const invocation = new QuickjsInvocation();
      const lookAfter = (): string[] => reviveResolvers(system, invocation);
      return health(system, new QuickjsEvents(), { ...guestHealthPlaces(system), lookAfter });
    },
  ],
]);
