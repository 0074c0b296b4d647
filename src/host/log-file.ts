import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';

/** A file to which the output of a program is appended. */
export interface LogFile {
  write(chunk: Buffer): void;
  /** Waits until everything is written. Rejects when the log could not be written, e.g. because the disk is full. */
  close(): Promise<void>;
}

/** Errors of the log are reported when it is closed: a program that runs for hours is not stopped because of it. */
export async function openLogFile(path: string): Promise<LogFile> {
  await mkdir(dirname(path), { recursive: true });
  const stream = createWriteStream(path, { flags: 'a' });
  const finished = new Promise<void>((resolve, reject) => {
    stream.once('close', resolve);
    stream.once('error', reject);
  });
  finished.catch(() => undefined);
  return {
    write: (chunk) => {
      if (stream.writable) stream.write(chunk);
    },
    close: async () => {
      stream.end();
      await finished;
    },
  };
}
