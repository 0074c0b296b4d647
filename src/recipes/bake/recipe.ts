import { z } from 'zod';
import { podbsdVersion } from '../../ground/assets.ts';
import type { ImageFacts } from '../../disk/image-facts.ts';
import type { Stage, StageRun } from '../../pipeline/stage.ts';
import { exportStageOf } from '../shared/export.ts';
import { baseStage } from './base.ts';
import { bootStage } from './boot.ts';
import type { BakeEnv } from './env.ts';
import { guestStage } from './guest.ts';
import { imageStage } from './image.ts';
import { overlayStage } from './overlay.ts';
import { packagesStage } from './packages.ts';
import { preflightStage } from './preflight.ts';
import { sealStage } from './seal.ts';
import { seedStage } from './seed.ts';
import { sharesStage } from './shares.ts';

/** `--recipe bake`: FreeBSD's published image, booted here, with packages and podbsd's files put in. */
export function bakeRecipe(env: BakeEnv): readonly Stage[] {
  return [
    preflightStage(env),
    baseStage(env),
    seedStage(env),
    bootStage(env),
    packagesStage(env),
    guestStage(env),
    sharesStage(env),
    overlayStage(env),
    sealStage(env),
    imageStage(env),
    exportStageOf(env, {
      needs: ['boot', 'packages', 'image'],
      version: (run) => releaseOf(run.outputs('boot')['version'] ?? env.config.build.release),
      // It has just booted; an image of one's own may be laid out in another way.
      requireBootable: false,
      raw: async () => ({ path: env.paths.raw, isCopy: false }),
      facts: (run) => imageFacts(env, run),
    }),
  ];
}

/** The release that a file is named after, without the patches it has had since. */
function releaseOf(version: string): string {
  return version.replace(/-p\d+$/, '');
}

const packageFacts = z.array(
  z.object({ name: z.string(), version: z.string(), origin: z.string().optional() }),
);

async function imageFacts(env: BakeEnv, run: StageRun): Promise<ImageFacts> {
  const text = await env.host.readText(env.paths.packageFacts);
  return {
    architecture: env.config.build.architecture,
    podbsdVersion: podbsdVersion(),
    freebsd: { version: run.outputs('boot')['version'] ?? env.config.build.release },
    packages: text === undefined ? [] : packageFacts.parse(JSON.parse(text)),
  };
}
