import type { DataRun } from '../zero-runs.ts';

/** Where one output of the conversion goes. */
export interface Sink {
  /** The next piece of the disk. The chunk may be reused once this has settled. */
  add(chunk: Buffer, offset: number, runs: readonly DataRun[]): Promise<void>;
  /** Everything has been added: end the file and flush it to the disk. */
  finish(): Promise<void>;
  /** Something failed elsewhere: close files and end programs. Never rejects. */
  abandon(): Promise<void>;
}
