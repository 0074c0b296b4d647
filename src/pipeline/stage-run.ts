import type { Host } from '../host/host.ts';
import { openLogFile } from '../host/log-file.ts';
import type { StageRun } from './stage.ts';

type Given = Pick<StageRun, 'say' | 'progress' | 'note' | 'output' | 'resuming' | 'logFile' | 'signal'>;

/** What a stage gets. Its programs run on this host and stop when the user stops. */
export function stageRun(host: Host, given: Given, { keepsLog }: { readonly keepsLog: boolean }): StageRun {
  const { logFile, signal } = given;
  return {
    ...given,
    exec: (argv, options = {}) =>
      host.run(argv, { signal, ...(keepsLog && options.readOnly !== true ? { logFile } : {}), ...options }),
  };
}

/** What parts of stages need to work outside of a pipeline: nothing is noted, and there is no log. */
export function standaloneRun(host: Host, say: (text: string) => void, signal: AbortSignal): StageRun {
  const given = {
    say,
    progress: () => undefined,
    note: async () => {},
    resuming: false,
    logFile: '',
    signal,
  };
  return stageRun(host, { ...given, output: ({ name }) => notThere(name) }, { keepsLog: false });
}

/** A stage may only ask for the outputs of the stages that it needs. */
export function notThere(stage: string): never {
  throw new Error(`nothing is known of stage ${stage}: it comes later, or was not run`);
}

/** Says in the stage's log that a new attempt begins. A dry run keeps no log. */
export async function beginLog(host: Host, path: string): Promise<void> {
  if (host.dryRun) return;
  const log = await openLogFile(path);
  log.write(Buffer.from(`=== ${new Date().toISOString()} podbsd begins this stage\n`));
  await log.close();
}
