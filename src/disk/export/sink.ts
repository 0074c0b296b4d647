import type { DataRun } from '../zero-runs.ts';

/** Where one output of the conversion goes. */
export interface Sink {
  /** The next piece of the disk. The chunk may be used again by others once this has settled. */
  add(chunk: Buffer, offset: number, runs: readonly DataRun[]): Promise<void>;
  /** Everything has been added: end the file and flush it to the disk. */
  finish(): Promise<void>;
  /** Something failed elsewhere: let go of files and programs. Never rejects. */
  abandon(): Promise<void>;
}
