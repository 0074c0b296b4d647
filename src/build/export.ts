import { join, resolve } from 'node:path';
import { readFile, rm, stat } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { podbsdVersion } from '../assets.ts';
import type { ImageFacts } from '../disk/image-facts.ts';
import { LocalHost } from '../host/local.ts';
import type { Outputs, Stage, StageRun } from '../pipeline/stage.ts';
import type { BuildEnv } from './env.ts';
import { rawImage } from './image.ts';

const packageFacts = z.array(z.object({ name: z.string(), version: z.string(), origin: z.string() }));

/** Turns the raw disk into the files that podman takes, with checksums and manifest, on podbsd's own machine. */
export function exportStage(env: BuildEnv): Stage {
  const { host, paths } = env;
  const { architecture, release, base } = env.config.build;
  const { formats, signing_key: signingKey } = env.config.export;
  const version = base === 'release' ? release : 'source';
  const baseName = env.config.export.name ?? `podbsd-${version}-${architecture}`;

  return {
    name: 'export',
    title: 'Export the image',
    needs: ['source', 'jail', 'ports', 'packages', 'image'],
    inputs: () => ({ formats, baseName, signingKey, outDir: env.outDir, podbsd: podbsdVersion() }),
    stands: (outputs) => filesStand(env.outDir, outputs),
    sweep: async () => {},
    run: async (run) => {
      const raw = await fetchRaw(env, run);
      const result = await env.local.exportDisk({
        raw,
        outDir: env.outDir,
        baseName,
        formats,
        facts: await imageFacts(env, run),
        signingKey: signingKey === undefined ? undefined : resolve(env.configFolder, signingKey),
        signal: run.signal,
        onProgress: ({ step, done, total }) => {
          run.progress({ text: step === 'write' ? 'writing' : 'verifying', done, total });
        },
      });
      for (const notice of result.notices) run.say(notice);
      // Only a copy that was fetched for this is removed.
      if (raw !== rawImage(paths) && !host.dryRun) await rm(raw, { force: true });
      return { written: JSON.stringify(await sizes(env.outDir, result.written)), sha256: result.diskSha256 };
    },
  };
}

/** The raw disk as a local file: where it is, when the build host is this machine, else a copy of it. */
async function fetchRaw(env: BuildEnv, run: StageRun): Promise<string> {
  const raw = rawImage(env.paths);
  if (env.host instanceof LocalHost || env.host.dryRun) return raw;
  const copy = join(env.stateDir, 'podbsd.img');
  await env.host.download(raw, copy, {
    signal: run.signal,
    onProgress: (done, total) => run.progress({ text: `fetching from ${env.host.name}`, done, total }),
  });
  return copy;
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
