import { z } from 'zod';
import type { Stage } from '../../pipeline/stage.ts';
import { requireServing } from '../shared/release.ts';
import type { PoudriereEnv } from './env.ts';
import { askHost, type HostFacts } from './host-facts.ts';
import { hostProblem } from './host-problems.ts';

const hostSchema = z.object({
  /** Version of Poudriere; empty when the host could not be asked. */
  poudriere: z.string(),
  /** __FreeBSD_version of the kernel. */
  osreldate: z.number(),
});
/** What later stages need to know of the build host. */
export type HostSays = z.infer<typeof hostSchema>;

/** Checks whether this host can do the work, before anything is touched. Each refusal has its own message. */
export function preflightStage(env: PoudriereEnv): Stage<HostSays> {
  let facts: HostFacts | undefined;
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
      facts = await askHost(env, run);
      return { poudriere: facts.poudriere?.text ?? '', osreldate: facts.osreldate || 0 };
    },
    check: async () => {
      const problem = facts === undefined ? undefined : hostProblem(facts, env);
      if (problem !== undefined) throw problem;
      return {};
    },
  };
}
