import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { PodbsdError, messageOf } from '../../ground/errors.ts';

/**
 * The stand-in writes its messages into the machine's log, between the lines of the guest's console: podman gives the
 * helper no terminal, except with `--log-level debug`.
 */
export class MachineLog {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
    // A closed terminal is no reason to end.
    process.stderr.on('error', () => undefined);
  }

  /** Empties it, as the real helpers do at each start. */
  begin(): void {
    mkdirSync(dirname(this.path), { recursive: true, mode: 0o700 });
    writeFileSync(this.path, '', { mode: 0o600 });
  }

  note(text: string): void {
    const lines = text
      .trimEnd()
      .split('\n')
      .map((line) => `podbsd: ${line}\n`)
      .join('');
    try {
      appendFileSync(this.path, lines, { mode: 0o600 });
    } catch {
      // The folder is gone, or the disk is full: the terminal may still be there.
    }
    process.stderr.write(lines);
  }

  failure(error: unknown): void {
    const known = error instanceof PodbsdError;
    this.note(messageOf(error));
    if (known && error.remedy !== undefined) this.note(`what to do: ${error.remedy}`);
  }
}
