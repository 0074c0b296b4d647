/** One line of a bench's table. */
export interface BenchRow {
  /** What was measured, with its unit, e.g. `export, s`. */
  readonly what: string;
  readonly ours: number;
  /** The real thing that it is compared with, in the same unit. */
  readonly theirs?: number;
  /** What `theirs` is, e.g. `qemu-img convert`. */
  readonly against?: string;
}

/** What each `test/bench/NAME.bench.ts` exports as `bench`. */
export interface Bench {
  readonly name: string;
  /** One sentence about what is done and compared. */
  readonly what: string;
  run(): Promise<readonly BenchRow[]>;
}
