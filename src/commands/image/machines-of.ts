import type { StoredImage } from '../../images/store.ts';
import { machinePlaces } from '../../machine/places.ts';
import { listMachines } from '../../machine/record.ts';

/**
 * podbsd's own machines that were made of an image: the record of each says which folder, or which file in it. podman
 * does not note where its machines come from.
 */
export async function machinesOf({ dir }: Pick<StoredImage, 'dir'>): Promise<readonly string[]> {
  const machines = await listMachines(machinePlaces(), () => undefined);
  return machines
    .filter(({ record: { image } }) => image.endsWith(` from ${dir}`) || image.startsWith(`${dir}/`))
    .map(({ record }) => record.name);
}
