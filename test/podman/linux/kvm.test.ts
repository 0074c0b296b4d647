import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { KVM_VERDICT, kvmUsable } from '../../../src/podman/linux/kvm.ts';
import { tempDir } from '../../support/temp-dir.ts';

it('is usable while the device opens and no trial has failed', async () => {
  const lib = await tempDir();
  const device = join(lib, 'device');
  expect(kvmUsable(lib, device)).toBe(false);
  await writeFile(device, '');
  expect(kvmUsable(lib, device)).toBe(true);
  await writeFile(join(lib, KVM_VERDICT), 'not known to be broken\n');
  expect(kvmUsable(lib, device)).toBe(true);
  await writeFile(join(lib, KVM_VERDICT), 'broken\n');
  expect(kvmUsable(lib, device)).toBe(false);
});
