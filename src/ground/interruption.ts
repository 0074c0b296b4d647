import type { EventEmitter } from 'node:events';

/** How this process is asked to stop. */
export interface Interruption {
  /** Aborted by the first such signal. */
  readonly signal: AbortSignal;
  /** The signal that came first; undefined when none came. */
  readonly received: () => NodeJS.Signals | undefined;
}

/**
 * Stops at ctrl-C and TERM, and when the terminal is closed or its connection lost. SIGHUP without a terminal is not
 * about this process: whoever starts a long build with nohup(1) wants it to go on, and Node.js takes nohup's protection
 * away.
 *
 * @param process what gets the signals: this process, except in tests.
 * @param onTerminal whether any standard stream is a terminal.
 */
export function watchInterruption(
  process: Pick<EventEmitter, 'on'>,
  { onTerminal }: { readonly onTerminal: boolean },
): Interruption {
  const controller = new AbortController();
  let received: NodeJS.Signals | undefined;
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (name === 'SIGHUP' && !onTerminal) return;
      received ??= name;
      controller.abort(new Error(`stopped by ${name}`));
    });
  }
  return { signal: controller.signal, received: () => received };
}
