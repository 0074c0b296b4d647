import { describe, expect, it } from 'vitest';
import { podmanChecks } from '../../../src/doctor/podman/checks.ts';

/** A check that gets lost is not missed by anybody: each system's are counted. */
describe('the tables of checks', () => {
  it.each([
    [
      'linux',
      [
        'host.podman',
        'host.qemu',
        'host.qemu-img',
        'host.gvproxy',
        'host.virtiofsd',
        'host.firmware',
        'host.kvm',
        'host.helpers',
        'host.configuration',
        'host.environment',
      ],
    ],
    [
      'darwin',
      [
        'host.podman',
        'host.qemu',
        'host.firmware',
        'host.hvf',
        'host.gvproxy',
        'host.perl',
        'host.helpers',
        'host.configuration',
        'host.environment',
      ],
    ],
  ] as const)('%s has them all', (system, ids) => {
    expect(podmanChecks[system]?.map(({ id }) => id)).toEqual(ids);
  });

  it('takes back whatever it sets up', () => {
    for (const table of Object.values(podmanChecks))
      for (const { id, setUp, undo } of table) expect(undo === undefined, id).toBe(setUp === undefined);
    expect(podmanChecks.linux?.filter(({ setUp }) => setUp !== undefined)).toHaveLength(1);
  });
});
