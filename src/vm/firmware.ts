import { exists } from '../ground/exists.ts';
import { requireAll, type Lack } from '../ground/lack/lack.ts';
import type { Architecture } from './architecture.ts';

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
  requireAll('starting an arm64 machine', [await lackOfFirmware('arm64')]);
  return (await installedFirmware()) ?? '';
}

/** The firmware as a lack, for the architecture whose machines need one: QEMU brings the BIOS of amd64 along. */
export async function lackOfFirmware(architecture: Architecture): Promise<Lack | undefined> {
  if (architecture === 'amd64' || (await installedFirmware()) !== undefined) return undefined;
  return {
    problem: `the UEFI firmware for arm64 is not installed; looked for ${ARM64_FIRMWARE.join(', ')}`,
    part: 'firmware',
  };
}

async function installedFirmware(): Promise<string | undefined> {
  for (const path of ARM64_FIRMWARE) if (await exists(path)) return path;
  return undefined;
}
