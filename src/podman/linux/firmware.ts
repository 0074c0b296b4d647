import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Where podman looks for UEFI on arm64 (pkg/machine/qemu/options_linux_arm64.go). */
export const firmwareFolders: readonly string[] = ['/usr/share/qemu-efi-aarch64', '/usr/share/edk2/aarch64'];

/** Whether podman finds the UEFI that machines of arm64 start with. */
export function hasArmFirmware(): boolean {
  return firmwareFolders.some((folder) => existsSync(join(folder, 'QEMU_EFI.fd')));
}
