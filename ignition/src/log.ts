import { own } from './freebsd/paths.ts';
import type { System } from './system/system.ts';

/** Adds a line to the log; a log that cannot be written stops nothing. */
export function log(system: System, message: string): void {
  attempt(() => system.append(own.log, `${system.now()} ${oneLine(message)}\n`));
}

/** Writes a message to the console and to the log. */
export function announce(system: System, message: string): void {
  log(system, message);
  attempt(() => system.append('/dev/console', `podbsd: ${oneLine(message)}\r\n`));
}

/** Messages hold names from the config: none may control a terminal, or look like another line. */
export function oneLine(message: string): string {
  return message.replaceAll(/[\0-\x1f\x7f-\x9f]+/g, ' ');
}

function attempt(action: () => void): void {
  try {
    action();
  } catch {
    // Nothing can be done: this is how problems are reported.
  }
}
