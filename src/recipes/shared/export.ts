import { join, resolve } from 'node:path';
import * as z from 'zod';
import { podbsdVersion } from '../../ground/assets.ts';
import type { ExportResult } from '../../disk/export.ts';
import { exportLacks } from '../../disk/export/lacks.ts';
import type { ImageFacts } from '../../disk/image-facts.ts';
import type { Lack } from '../../ground/lack/lack.ts';
import { lackOfProgram } from '../../ground/lack/program.ts';
import type { Host } from '../../host/host.ts';
import type { Stage, StageRun } from '../../pipeline/stage.ts';
import type { RecipeEnv } from './env.ts';

const exportedSchema = z.object({
  /** Bytes of each file that was written, by its name. */
  written: z.record(z.string(), z.number()),
  /** Of the disk itself, whatever the file's format. */
  sha256: z.string(),
});
export type Exported = z.infer<typeof exportedSchema>;

const doing = { unpack: 'unpacking', write: 'writing', verify: 'verifying' } as const;

/** What the recipes export: each makes its disk and knows what is in it in its own way. */
export interface Source {
  readonly needs: readonly Stage[];
  /** Of FreeBSD, for the name of the files: `15.1-RELEASE`. */
  version(run: StageRun): string;
  /** Refuses to export a disk without the parts that FreeBSD boots from. */
  readonly requireBootable: boolean;
  /** The raw disk as a file of podbsd's own machine, and whether it is a copy that nobody else needs. */
  raw(run: StageRun): Promise<{ readonly path: string; readonly isCopy: boolean }>;
  facts(run: StageRun): Promise<Pick<ImageFacts, 'origin' | 'freebsd' | 'patches' | 'packages'>>;
}

/** Turns the raw disk into the files that podman takes, with checksums and manifest, on podbsd's own machine. */
export function exportStageOf(env: RecipeEnv, source: Source): Stage<Exported> {
  const { here, outDir } = env;
  const { base, release, architecture } = env.config.build;
  const { formats, name, signing_key: signingKey } = env.config.export;

  async function write(run: StageRun, raw: string): Promise<ExportResult | undefined> {
    const baseName = name ?? `podbsd-${source.version(run)}-${architecture}`;
    const facts = { architecture, podbsdVersion: podbsdVersion(), ...(await source.facts(run)) };
    const files = formats.map((format) => join(outDir, `${baseName}.${format}`));
    const description = `write ${files.join(', ')} from ${raw}, with SHA256SUMS and manifest.json`;
    return await here.perform(description, async () => {
      // Loaded only when it is used: a run that finds everything done must be over at once.
      const { exportDisk } = await import('../../disk/export.ts');
      return await exportDisk({
        ...{ raw, outDir, baseName, formats, facts, requireBootable: source.requireBootable },
        signingKey: signingKey === undefined ? undefined : resolve(env.configFolder, signingKey),
        signal: run.signal,
        onProgress: ({ step, done, total }) => {
          run.progress({ text: doing[step], done, total, unit: 'bytes' });
        },
      });
    });
  }

  return {
    name: 'export',
    title: 'Export the image',
    needs: source.needs,
    outputs: exportedSchema,
    inputs: () => ({
      ...{ formats, name, architecture, base, release, signingKey },
      ...{ outDir, podbsd: podbsdVersion() },
    }),
    stands: ({ written }) => filesStand(here, outDir, written),
    sweep: async () => {},
    run: async (run) => {
      const raw = await source.raw(run);
      const result = await write(run, raw.path);
      for (const notice of result?.notices ?? []) run.say(notice);
      if (raw.isCopy) await here.remove(raw.path);
      return {
        written: await sizes(here, outDir, result?.written ?? []),
        sha256: result?.diskSha256 ?? '',
      };
    },
  };
}

/** What podbsd's own machine lacks for a build: `ps` for its lock, and what the export at the end needs. */
export async function lacksHere({
  config,
  configFolder,
  outDir,
}: Pick<RecipeEnv, 'config' | 'configFolder' | 'outDir'>): Promise<readonly (Lack | undefined)[]> {
  const { formats, signing_key: signingKey } = config.export;
  const signingFile = signingKey === undefined ? undefined : resolve(configFolder, signingKey);
  return [lackOfProgram('ps'), ...(await exportLacks({ outDir, formats, signingKey: signingFile }))];
}

async function sizes(here: Host, folder: string, names: readonly string[]): Promise<Record<string, number>> {
  const entries = names.map(
    async (name) => [name, (await here.stat(join(folder, name)))?.size ?? 0] as const,
  );
  return Object.fromEntries(await Promise.all(entries));
}

/** Whether every file is still there with the size it had. */
async function filesStand(here: Host, folder: string, written: Exported['written']): Promise<boolean> {
  const looked = Object.entries(written).map(
    async ([name, size]) => (await here.stat(join(folder, name)))?.size === size,
  );
  return looked.length > 0 && (await Promise.all(looked)).every(Boolean);
}
