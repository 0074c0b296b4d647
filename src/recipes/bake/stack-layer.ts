import * as z from 'zod';
import type { StageRun } from '../../pipeline/stage.ts';
import type { QmpClient } from '../../vm/qmp.ts';

/** QEMU's own name for the first disk of a machine, and what it tells of it. */
const DISK = 'virtio0';
const disksSchema = z.array(
  z.object({
    device: z.string(),
    inserted: z.object({ image: z.object({ 'virtual-size': z.number() }) }).optional(),
  }),
);

/**
 * Freezes the layer that a running machine writes to, and lets it go on in a new one. What the guest gives up, or fills
 * with zeros, takes no space in it: QEMU would not carry that over to a layer that it makes by itself
 * (`blockdev-snapshot-sync`), and a UFS of 8 GiB is filled with zeros when it is sealed.
 */
export async function stackLayer(
  qmp: QmpClient,
  { below, layer, name }: { readonly below: string; readonly layer: string; readonly name: string },
  run: StageRun,
): Promise<void> {
  const disks = disksSchema.parse(await qmp.execute('query-block'));
  const size = disks.find(({ device }) => device === DISK)?.inserted?.image['virtual-size'];
  if (size === undefined) throw new Error(`the machine has no disk ${DISK}`);
  // -u: the layer below is in use, and need not be looked into.
  const backing = ['-u', '-b', below, '-F', 'qcow2'] as const;
  await run.exec(['qemu-img', 'create', '-q', '-f', 'qcow2', ...backing, layer, String(size)]);
  await qmp.execute('blockdev-add', {
    ...{ driver: 'qcow2', 'node-name': name, file: { driver: 'file', filename: layer }, backing: null },
    ...{ discard: 'unmap', 'detect-zeroes': 'unmap' },
  });
  await qmp.execute('blockdev-snapshot', { node: DISK, overlay: name });
}
