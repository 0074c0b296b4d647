import { join, resolve } from 'node:path';
import { readFile, rm, stat } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { podbsdVersion } from '../../ground/assets.ts';
import type { ImageFacts } from '../../disk/image-facts.ts';
import { LocalHost } from '../../host/local.ts';
import { fingerprint } from '../../pipeline/fingerprint.ts';
import type { Outputs, Stage, StageRun } from '../../pipeline/stage.ts';
import type { BuildEnv } from '../poudriere/env.ts';
import { rawImage } from '../poudriere/image.ts';

const packageFacts = z.array(z.object({ name: z.string(), version: z.string(), origin: z.string() }));

/** What the recipes export: each makes its disk and knows what is in it in its own way. */
export interface Exported {
  readonly needs: readonly string[];
  /** Of FreeBSD, for the name of the files: `15.1-RELEASE`. */
  version(run: StageRun): string;
  /** Refuses to export a disk without the parts that FreeBSD boots from. */
  readonly requireBootable: boolean;
  /** The raw disk as a file of podbsd's own machine, and whether it is a copy that nobody else needs. */
  raw(run: StageRun): Promise<{ readonly path: string; readonly isCopy: boolean }>;
  facts(run: StageRun): Promise<ImageFacts>;
}

type ExportEnv = Pick<BuildEnv, 'config' | 'configFolder' | 'host' | 'local' | 'outDir'>;

/** Exports what Poudriere has made. */
export function exportStage(env: BuildEnv): Stage {
  const { base, release } = env.config.build;
  return exportStageOf(env, {
    needs: ['source', 'jail', 'ports', 'packages', 'image'],
    version: () => (base === 'release' ? release : 'source'),
    requireBootable: true,
    raw: (run) => fetchRaw(env, run),
    facts: (run) => imageFacts(env, run),
  });
}

/** Turns the raw disk into the files that podman takes, with checksums and manifest, on podbsd's own machine. */
export function exportStageOf(env: ExportEnv, exported: Exported): Stage {
  const { host } = env;
  const { architecture } = env.config.build;
  const { formats, name, signing_key: signingKey } = env.config.export;
  const { base, release } = env.config.build;

  return {
    name: 'export',
    title: 'Export the image',
    needs: exported.needs,
    inputs: () => ({
      ...{ formats, name, architecture, base, release, signingKey },
      ...{ outDir: env.outDir, podbsd: podbsdVersion() },
    }),
    stands: (outputs) => filesStand(env.outDir, outputs),
    sweep: async () => {},
    run: async (run) => {
      const raw = await exported.raw(run);
      const result = await env.local.exportDisk({
        raw: raw.path,
        outDir: env.outDir,
        baseName: name ?? `podbsd-${exported.version(run)}-${architecture}`,
        formats,
        requireBootable: exported.requireBootable,
        facts: await exported.facts(run),
        signingKey: signingKey === undefined ? undefined : resolve(env.configFolder, signingKey),
        signal: run.signal,
        onProgress: ({ step, done, total }) => {
          run.progress({ text: step === 'write' ? 'writing' : 'verifying', done, total });
        },
      });
      for (const notice of result.notices) run.say(notice);
      if (raw.isCopy && !host.dryRun) await rm(raw.path, { force: true });
      return { written: JSON.stringify(await sizes(env.outDir, result.written)), sha256: result.diskSha256 };
    },
  };
}

/** The raw disk as a local file: where it is, when the build host is this machine, else a copy of it. */
async function fetchRaw(env: BuildEnv, run: StageRun): Promise<{ path: string; isCopy: boolean }> {
  const raw = rawImage(env.paths);
  if (env.host instanceof LocalHost || env.host.dryRun) return { path: raw, isCopy: false };
  // Builds on several builders, or in several directories of one, may be fetched side by side.
  const of = fingerprint({ host: env.host.name, raw }).slice(0, 8);
  const copy = join(env.stateDir, `podbsd-${of}.img`);
  await env.host.download(raw, copy, {
    signal: run.signal,
    onProgress: (done, total) => run.progress({ text: `fetching from ${env.host.name}`, done, total }),
  });
  return { path: copy, isCopy: true };
}

async function imageFacts(env: BuildEnv, run: StageRun): Promise<ImageFacts> {
  const text = await env.host.readText(env.paths.packageFacts);
  const source = run.outputs('source');
  const patch = source['patch'] ?? '';
  return {
    architecture: env.config.build.architecture,
    podbsdVersion: podbsdVersion(),
    freebsd: { version: run.outputs('jail')['version'] ?? '', commit: source['commit'] },
    patches: patch === '' ? [] : [await patchFacts(patch)],
    packages: text === undefined ? [] : packageFacts.parse(JSON.parse(text)),
  };
}

async function patchFacts(patch: string): Promise<{ name: string; sha256?: string }> {
  const content = await readFile(patch).catch(() => undefined);
  if (content === undefined) return { name: patch };
  return { name: patch, sha256: createHash('sha256').update(content).digest('hex') };
}

const sizesSchema = z.record(z.string(), z.number());

async function sizes(folder: string, names: readonly string[]): Promise<Record<string, number>> {
  const entries = names.map(async (name) => [name, (await stat(join(folder, name))).size] as const);
  return Object.fromEntries(await Promise.all(entries));
}

/** Whether every file is still there with the size it had. */
async function filesStand(folder: string, outputs: Outputs): Promise<boolean> {
  const written = sizesSchema.parse(JSON.parse(outputs['written'] ?? '{}'));
  const looked = Object.entries(written).map(
    async ([name, size]) => (await stat(join(folder, name)).catch(() => undefined))?.size === size,
  );
  return looked.length > 0 && (await Promise.all(looked)).every(Boolean);
}
