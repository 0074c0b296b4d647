import { ExitCode, PodbsdError } from '../ground/errors.ts';
import { exists } from '../ground/exists.ts';

/** Where distributions, Homebrew, MacPorts and FreeBSD put QEMU's UEFI firmware for arm64. podman looks in the first two. */
export const ARM64_FIRMWARE: readonly string[] = [
  '/usr/share/qemu-efi-aarch64/QEMU_EFI.fd',
  '/usr/share/edk2/aarch64/QEMU_EFI.fd',
  '/opt/homebrew/share/qemu/edk2-aarch64-code.fd',
  '/opt/local/share/qemu/edk2-aarch64-code.fd',
  '/usr/local/share/qemu/edk2-aarch64-code.fd',
  '/usr/share/qemu/edk2-aarch64-code.fd',
];

/** The UEFI firmware that an arm64 machine boots with. */
export async function findArm64Firmware(): Promise<string> {
  for (const path of ARM64_FIRMWARE) if (await exists(path)) return path;
  throw new PodbsdError({
    doing: 'starting an arm64 machine',
    problem: `no UEFI firmware found; looked for ${ARM64_FIRMWARE.join(', ')}`,
    remedy: 'install it: Debian and Ubuntu qemu-efi-aarch64, Fedora edk2-aarch64, Homebrew qemu',
    exitCode: ExitCode.host,
  });
}
