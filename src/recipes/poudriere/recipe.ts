import type { Stage } from '../../pipeline/stage.ts';
import type { BuildEnv } from './env.ts';
import { exportStage } from '../shared/export.ts';
import { imageStage } from './image.ts';
import { jailStage } from './jail.ts';
import { overlayStage } from './overlay.ts';
import { packagesStage } from './packages.ts';
import { portsStage } from './ports.ts';
import { preflightStage } from './preflight.ts';
import { sourceStage } from './source.ts';
import { worldStage } from './world.ts';

/** `--recipe poudriere`: FreeBSD from a release or from source, packages and image by Poudriere. */
export function poudriereRecipe(env: BuildEnv): readonly Stage[] {
  return [
    preflightStage(env),
    sourceStage(env),
    worldStage(env),
    jailStage(env),
    portsStage(env),
    packagesStage(env),
    overlayStage(env),
    imageStage(env),
    exportStage(env),
  ];
}
