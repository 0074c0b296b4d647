import type { Argv, Host, RunOptions, RunResult } from '../../host/host.ts';
import type { StageRun } from '../../pipeline/stage.ts';
import type { Layer } from './layers.ts';

/** The machine that bakes. Stages enter it one after the other and do not see when it is started or stopped. */
export interface BakeMachine {
  /** The inside of the machine, which from now on writes into the layer of this stage. Started when it is not running. */
  enter(layer: Layer, run: StageRun): Promise<Inside>;
  /** Whether the layer of a stage is there. */
  has(layer: Layer): Promise<boolean>;
  /** Removes a layer and those that lie on it, and stops the machine when it works on one of them. */
  discard(layer: Layer): Promise<void>;
  /** Lets the guest power off and waits for it. */
  powerOff(run: StageRun): Promise<void>;
  /** Stops the machine at once, if it runs. */
  close(): Promise<void>;
}

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
