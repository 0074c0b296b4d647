import { qemuValue } from './qemu-value.ts';
import { MAX_9P_TAG, type Share } from './share.ts';
import type { SecurityModel } from './spec.ts';

/**
 * QEMU's options for sharing a folder as a 9P device. `-virtfs` would be shorter, but derives an identifier from the
 * tag and refuses one that begins with a digit, as most of those of podman 5 do.
 *
 * With the security model `none` files made in the guest are ordinary files of the user who runs QEMU, with the mode
 * that the guest asked for. `mapped-xattr`, podman's default up to 4.3, hides the guest's owner and mode in extended
 * attributes and leaves 0600 files on the host; `passthrough` needs root. `multidevs=remap` keeps files of different
 * file systems apart that have the same number, where the folder holds mount points.
 */
export function ninePDevice(share: Share, index: number, securityModel: SecurityModel): string[] {
  const readOnly = share.readOnly ? ',readonly=on' : '';
  const path = qemuValue(share.source);
  return [
    '-fsdev',
    `local,id=fs${index},path=${path},security_model=${securityModel},multidevs=remap${readOnly}`,
    '-device',
    `virtio-9p-pci,fsdev=fs${index},mount_tag=${share.tag.slice(0, MAX_9P_TAG)}`,
  ];
}
