import { join } from 'node:path';
import * as z from 'zod';
import type { Host } from '../../host/host.ts';

/**
 * The stages that work inside the machine, in order. Each writes into a qcow2 layer of its own on top of the one
 * before, so that a half-made stage is thrown away with its layer, and a changed overlay does not install the packages
 * anew. The base image is under the first one and is never written to.
 */
export const layers = ['boot', 'packages', 'guest', 'shares', 'overlay', 'seal'] as const;

/**
 * A layer of a baking machine, or `builder`: it lies on the first one, in a machine of its own, and Poudriere works in it
 * (`--builder vm`).
 */
export type Layer = (typeof layers)[number] | 'builder';

/** The disk that the first layer lies on. */
export const baseSchema = z.object({
  path: z.string(),
  format: z.enum(['raw', 'qcow2']),
  /** Bytes that the machine's disk gets. */
  size: z.number(),
  /** Where it came from: the path on FreeBSD's mirrors, or the name of a file of the user's. */
  from: z.string().optional(),
  /** Of the file that it was unpacked from, where that is known. */
  sha256: z.string().optional(),
});
export type Base = z.infer<typeof baseSchema>;

export function layerFile(folder: string, layer: Layer): string {
  return join(folder, `${layer}.qcow2`);
}

/** The layer under this one; undefined for the first, which lies on the base image. */
export function layerBelow(layer: Layer): Layer | undefined {
  if (layer === 'builder') return 'boot';
  return layers[layers.indexOf(layer) - 1];
}

/** This layer and all that lie on it: they are worthless without it. */
export function layersFrom(layer: Layer): readonly Layer[] {
  if (layer === 'builder') return ['builder'];
  if (layer === 'boot') return [...layers, 'builder'];
  return layers.slice(layers.indexOf(layer));
}

/** The topmost layer that is there. */
export async function topLayer(host: Host, folder: string): Promise<Layer | undefined> {
  for (const layer of [...layersFrom('boot')].reverse())
    if ((await host.stat(layerFile(folder, layer))) !== undefined) return layer;
  return undefined;
}
