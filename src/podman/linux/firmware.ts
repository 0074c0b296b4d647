import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { PODMANS_ARM64_FIRMWARE } from '../../vm/firmware.ts';

/** Where podman looks for UEFI on arm64. */
export const firmwareFolders: readonly string[] = PODMANS_ARM64_FIRMWARE.map((path) => dirname(path));

/** Whether podman finds the UEFI that machines of arm64 start with. */
export function hasArmFirmware(): boolean {
  return PODMANS_ARM64_FIRMWARE.some((path) => existsSync(path));
}
