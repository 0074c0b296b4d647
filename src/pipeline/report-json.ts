import type { Terminal } from '../ground/terminal.ts';
import type { Reporter } from './events.ts';

/** `--json`: each event as one line of JSON on standard output. */
export function jsonReporter(terminal: Terminal): Reporter {
  return {
    report: (event) => terminal.out(JSON.stringify({ time: new Date().toISOString(), ...event })),
    close: () => undefined,
  };
}
