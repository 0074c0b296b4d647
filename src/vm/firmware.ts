import { exists } from '../ground/exists.ts';
import { requireAll, type Lack } from '../ground/lack/lack.ts';
import type { Architecture } from './architecture.ts';

/** Where QEMU's UEFI firmware for arm64 lies, by whose place that is. podman itself looks in `podmans` alone. */
const places = {
  podmans: [
    /* Debian */ '/usr/share/qemu-efi-aarch64/QEMU_EFI.fd',
    /* Fedora */ '/usr/share/edk2/aarch64/QEMU_EFI.fd',
  ],
  others: [
    /* Homebrew */ '/opt/homebrew/share/qemu/edk2-aarch64-code.fd',
    /* MacPorts */ '/opt/local/share/qemu/edk2-aarch64-code.fd',
    /* Homebrew on Intel, FreeBSD */ '/usr/local/share/qemu/edk2-aarch64-code.fd',
    /* What QEMU's own installation brings */ '/usr/share/qemu/edk2-aarch64-code.fd',
  ],
} as const;

/** Where podbsd looks for it, in this order. */
export const ARM64_FIRMWARE: readonly string[] = [...places.podmans, ...places.others];

/** Where podman looks for it on Linux (pkg/machine/qemu/options_linux_arm64.go). */
export const PODMANS_ARM64_FIRMWARE: readonly string[] = places.podmans;

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
