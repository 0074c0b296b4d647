import type { Stage } from '../../pipeline/stage.ts';
import type { PoudriereEnv } from './env.ts';
import { exportStage } from './export.ts';
import { imageStage } from './image.ts';
import { jailStage } from './jail.ts';
import { overlayStage } from './overlay.ts';
import { packagesStage } from './packages.ts';
import { portsStage } from './ports.ts';
import { preflightStage } from './preflight.ts';
import { sourceStage } from './source.ts';
import { worldStage } from './world.ts';

/** `--recipe poudriere`: FreeBSD from a release or from source, packages and image by Poudriere. */
export function poudriereRecipe(env: PoudriereEnv): readonly Stage[] {
  const preflight = preflightStage(env);
  const source = env.config.build.base === 'source' ? sourceStage(env, preflight) : undefined;
  const built = source === undefined ? [] : [source, worldStage(env, source)];
  const jail = jailStage(env, built);
  const ports = portsStage(env);
  const packages = packagesStage(env, { jail, ports, source });
  const overlay = overlayStage(env);
  const image = imageStage(env, { preflight, jail, packages, overlay });
  return [
    ...[preflight, ...built, jail, ports, packages, overlay, image],
    exportStage(env, { source, jail, ports, packages, image }),
  ];
}
