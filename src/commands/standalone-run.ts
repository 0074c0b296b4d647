import type { Host } from '../host/host.ts';
import type { StageRun } from '../pipeline/stage.ts';

/** What parts of stages need to work outside of a pipeline: nothing is noted, and there is no log. */
export function standaloneRun(host: Host, say: (text: string) => void, signal: AbortSignal): StageRun {
  return {
    exec: (argv, options = {}) => host.run(argv, { signal, ...options }),
    say,
    progress: () => undefined,
    note: async () => {},
    outputs: () => ({}),
    resuming: false,
    logFile: '',
    signal,
  };
}
