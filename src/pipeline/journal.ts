import * as z from 'zod';
import { ExitCode, PodbsdError, messageOf } from '../ground/errors.ts';
import type { Host } from '../host/host.ts';
import type { Json, Outputs, Stage, StageOf } from './stage.ts';

const entrySchema = z.object({
  /** `running` in the journal of a build that is not running means that podbsd was killed in this stage. */
  state: z.enum(['running', 'done', 'failed', 'interrupted']),
  fingerprint: z.string(),
  /** Each stage has a schema for its own. */
  outputs: z.record(z.string(), z.custom<Json | undefined>()),
  /** ISO 8601. */
  started: z.string(),
  ended: z.string().optional(),
  /** Log file on the machine that podbsd ran on. */
  log: z.string().optional(),
  problem: z.string().optional(),
});
const journalSchema = z.object({ version: z.literal(1), stages: z.record(z.string(), entrySchema) });

export type JournalEntry = z.infer<typeof entrySchema>;

/** What has been done in a build directory: one small file there, replaced atomically at every change. */
export class Journal {
  readonly #host: Host;
  readonly #path: string;
  #stages: Record<string, JournalEntry>;

  private constructor(host: Host, path: string, stages: Record<string, JournalEntry>) {
    this.#host = host;
    this.#path = path;
    this.#stages = stages;
  }

  /** @param directory the build directory. */
  static async read(host: Host, directory: string): Promise<Journal> {
    const path = journalFile(directory);
    const text = await host.readText(path);
    return new Journal(host, path, text === undefined ? {} : parse(text, path));
  }

  get(stage: string): JournalEntry | undefined {
    return this.#stages[stage];
  }

  /** The outputs of a stage; undefined when they are incomplete, or in the format of another podbsd version. */
  outputsOf<Output extends Outputs>(stage: StageOf<Output>): Output | undefined {
    return stage.outputs.safeParse(this.#stages[stage.name]?.outputs).data;
  }

  /** Of these stages those that were begun and not finished. */
  unfinished(stages: readonly Stage[]): readonly Stage[] {
    return stages.filter(({ name }) => (this.#stages[name]?.state ?? 'done') !== 'done');
  }

  /** Whether every stage that was begun has come to its end. */
  get finished(): boolean {
    return Object.values(this.#stages).every(({ state }) => state === 'done');
  }

  async set(stage: string, entry: JournalEntry): Promise<void> {
    this.#stages = { ...this.#stages, [stage]: entry };
    await this.#write();
  }

  async #write(): Promise<void> {
    // A dry run prints what would be done; the journal is not part of that.
    if (this.#host.dryRun) return;
    await this.#host.writeFile(
      this.#path,
      `${JSON.stringify({ version: 1, stages: this.#stages }, null, 2)}\n`,
    );
  }
}

function journalFile(directory: string): string {
  return `${directory}/journal.json`;
}

/** Nothing of a build directory may be removed or stopped unless podbsd made it. A dry run shows it anyway. */
export async function requireBuild(host: Host, directory: string): Promise<void> {
  if (host.dryRun || (await host.stat(journalFile(directory))) !== undefined) return;
  throw new PodbsdError({
    doing: `looking for a build in ${directory} on ${host.name}`,
    problem: 'there is no journal of podbsd there, so nothing was built there',
    remedy: 'start one with podbsd build-image, or name the right configuration with --config',
    exitCode: ExitCode.failed,
  });
}

function parse(text: string, path: string): Record<string, JournalEntry> {
  try {
    return journalSchema.parse(JSON.parse(text)).stages;
  } catch (error) {
    throw new PodbsdError({
      doing: `reading the journal ${path}`,
      problem: `it is damaged or of another podbsd version: ${messageOf(error).split('\n')[0] ?? ''}`,
      remedy: 'remove that file: the next run then rebuilds every stage, or run `podbsd clean --all` first',
      exitCode: ExitCode.data,
      cause: error,
    });
  }
}
