import { existsSync } from 'node:fs';
import type { Inspection } from '../../podman/inspect.ts';
import { ok, skipped, warning, type Verdict } from '../check.ts';

/** Whether machines run with KVM, and what to do where they do not. */
export function judgeKvm(found: Inspection, env: NodeJS.ProcessEnv, device = '/dev/kvm'): Verdict {
  if (found.kvm) return ok('a machine was run with it');
  if (found.qemu === undefined) return skipped('QEMU is not installed, so it could not be tried');
  if (found.kvmBroken)
    return warning(
      'it is there, but no machine runs with it, so FreeBSD machines are emulated and slow',
      'fix that, then run podbsd setup-podman',
    );
  if (!existsSync(device))
    return warning(
      'not there, so machines are emulated and slow',
      'switch virtualization on in the firmware, or nested virtualization where this is a virtual machine',
    );
  return warning('it cannot be opened, so machines are emulated and slow', joinGroup(found, env));
}

/**
 * The command that gives this user rights on /dev/kvm. The group that owns it is called kvm on most systems; one that
 * has no name, as in a container, cannot be joined, and where the group may not open the device nothing is gained by it.
 */
function joinGroup({ kvmGroup }: Inspection, env: NodeJS.ProcessEnv): string {
  if (kvmGroup === undefined) return 'sudo chmod a+rw /dev/kvm';
  const user = env['USER'] ?? '';
  return `sudo usermod -aG ${kvmGroup} ${/^[\w.-]+$/.test(user) ? user : '"$(id -un)"'}, then log in again`;
}
