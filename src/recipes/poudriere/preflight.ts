import type { Stage } from '../../pipeline/stage.ts';
import type { BuildEnv } from './env.ts';
import { askHost, type HostFacts } from './host-facts.ts';
import { hostProblem } from './host-problems.ts';

/** Looks whether this host can do the work, before anything is touched. Every refusal has its own words. */
export function preflightStage(env: BuildEnv): Stage {
  let facts: HostFacts | undefined;
  return {
    name: 'preflight',
    title: 'Check the build host',
    needs: [],
    checksOnly: true,
    inputs: () => null,
    stands: async () => false,
    sweep: async () => {},
    run: async (run) => {
      facts = await askHost(env, run);
      return { poudriere: facts.poudriere?.text ?? '', osreldate: String(facts.osreldate) };
    },
    check: async () => {
      const problem = facts === undefined ? undefined : hostProblem(facts, env);
      if (problem !== undefined) throw problem;
      return {};
    },
  };
}
