import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** File in the helpers' lib/ that setup-podman writes its trial's verdict into. */
export const KVM_VERDICT = 'kvm';

/**
 * What a trial has shown. A /dev/kvm that opens may still stop at the first kernel, in a virtual machine that nests
 * badly; finding that out takes a machine, too long for each start. Whether it opens is seen at each start anew, since
 * joining the group kvm changes that.
 */
export type KvmVerdict = 'broken' | 'not known to be broken';

/** Whether machines can be run with KVM now. */
export function kvmUsable(lib: string, device = '/dev/kvm'): boolean {
  return opens(device) && readVerdict(join(lib, KVM_VERDICT)) !== 'broken';
}

/** The device may exist without rights on it, so it is opened. */
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
