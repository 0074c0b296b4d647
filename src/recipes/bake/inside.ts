import type { Argv, Host, RunOptions, RunResult } from '../../host/host.ts';
import type { StageRun } from '../../pipeline/stage.ts';

/** FreeBSD inside the machine, as root. */
export interface Inside {
  readonly host: Host;
  /** Runs a program there: its output goes to the stage's log, and it is stopped when the user stops. */
  exec(argv: Argv, options?: RunOptions): Promise<RunResult>;
}

/** What a stage sees of a host inside. */
export function insideOf(host: Host, run: StageRun): Inside {
  const { signal, logFile } = run;
  return {
    host,
    exec: (argv, options = {}) =>
      host.run(argv, { signal, ...(options.readOnly === true ? {} : { logFile }), ...options }),
  };
}
