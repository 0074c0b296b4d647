import type { Stage } from '../../pipeline/stage.ts';
import { baseStage } from './base.ts';
import { bootStage } from './boot.ts';
import type { BakeEnv } from './env.ts';
import { exportStage } from './export.ts';
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
  const base = baseStage(env);
  const seed = seedStage(env);
  const boot = bootStage(env, { base, seed });
  const packages = packagesStage(env, { below: boot, boot });
  const guest = guestStage(env, { below: packages, boot });
  const shares = sharesStage(env, { below: guest, boot });
  const overlay = overlayStage(env, { below: shares, boot });
  const seal = sealStage(env, { below: overlay, boot });
  const image = imageStage(env, seal);
  return [
    preflightStage(env),
    ...[base, seed, boot, packages, guest, shares, overlay, seal, image],
    exportStage(env, { base, boot, packages, image }),
  ];
}
