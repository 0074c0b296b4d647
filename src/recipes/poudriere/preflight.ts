import * as z from 'zod';
import { requireAll } from '../../ground/lack/lack.ts';
import type { Stage } from '../../pipeline/stage.ts';
import { lacksHere } from '../shared/export.ts';
import { requireServing } from '../shared/release.ts';
import type { PoudriereEnv } from './env.ts';
import { askHost } from './host-facts.ts';
import { hostLacks } from './host-lacks.ts';
import { doing } from './refusal.ts';

const hostSchema = z.object({
  /** Version of Poudriere; empty when the host could not be asked. */
  poudriere: z.string(),
  /** __FreeBSD_version of the kernel. */
  osreldate: z.number(),
});
/** What later stages need to know of the build host. */
export type HostSays = z.infer<typeof hostSchema>;

/** Checks whether this host can do the work, before anything is touched, and names all that is in the way at once. */
export function preflightStage(env: PoudriereEnv): Stage<HostSays> {
  return {
    name: 'preflight',
    title: 'Check the build host',
    needs: [],
    outputs: hostSchema,
    checksOnly: true,
    inputs: () => null,
    stands: async () => false,
    sweep: async () => {},
    run: async (run) => {
      requireServing(env.config.build);
      const facts = await askHost(env, run);
      // A dry run without a machine behind it has asked nobody.
      const there = env.host.answers ? hostLacks(facts, env) : [];
      requireAll(doing, [...there, ...(await lacksHere(env))]);
      return { poudriere: facts.poudriere?.text ?? '', osreldate: facts.osreldate || 0 };
    },
  };
}
