import { z } from 'zod';
import { ExitCode, PodbsdError, messageOf } from '../ground/errors.ts';
import type { Host } from '../host/host.ts';

const entrySchema = z.object({
  /** `running` in a journal that nobody works on means: killed in this stage. */
  state: z.enum(['running', 'done', 'failed', 'interrupted']),
  fingerprint: z.string(),
  outputs: z.record(z.string(), z.string()),
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

  static async read(host: Host, path: string): Promise<Journal> {
    const text = await host.readText(path);
    return new Journal(host, path, text === undefined ? {} : parse(text, path));
  }

  get(stage: string): JournalEntry | undefined {
    return this.#stages[stage];
  }

  entries(): readonly (readonly [stage: string, entry: JournalEntry])[] {
    return Object.entries(this.#stages);
  }

  async set(stage: string, entry: JournalEntry): Promise<void> {
    this.#stages = { ...this.#stages, [stage]: entry };
    await this.#write();
  }

  async #write(): Promise<void> {
    // A dry run prints what would be done; that podbsd keeps book is no part of it.
    if (this.#host.dryRun) return;
    await this.#host.writeFile(
      this.#path,
      `${JSON.stringify({ version: 1, stages: this.#stages }, null, 2)}\n`,
    );
  }
}

function parse(text: string, path: string): Record<string, JournalEntry> {
  try {
    return journalSchema.parse(JSON.parse(text)).stages;
  } catch (error) {
    throw new PodbsdError({
      doing: `reading the journal ${path}`,
      problem: `it is damaged or of another podbsd version: ${messageOf(error).split('\n')[0] ?? ''}`,
      remedy: 'remove that file: the next run then makes every stage anew, or run `podbsd clean --all` first',
      exitCode: ExitCode.data,
      cause: error,
    });
  }
}
