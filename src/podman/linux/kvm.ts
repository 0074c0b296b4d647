import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** File in the helpers' lib/ into which setup-podman writes the result of its trial. */
export const KVM_VERDICT = 'kvm';

/**
 * The result of a trial. A /dev/kvm that opens may still stop at the first kernel, where nested virtualization is
 * broken; finding that out takes a trial machine, too long for each start. Whether it opens is checked at each start,
 * since joining the group kvm changes that.
 */
export type KvmVerdict = 'broken' | 'not known to be broken';

/** Whether machines can be run with KVM now. */
export function kvmUsable(lib: string, device = '/dev/kvm'): boolean {
  return opens(device) && readVerdict(join(lib, KVM_VERDICT)) !== 'broken';
}

/** The device may exist without permission to use it, so it is opened. */
export function opens(device: string): boolean {
  try {
    closeSync(openSync(device, 'r+'));
    return true;
  } catch {
    return false;
  }
}

function readVerdict(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return undefined;
  }
}
