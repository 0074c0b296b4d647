import type { Lack } from '../ground/lack/lack.ts';
import { lackOfProgram } from '../ground/lack/program.ts';
import type { Architecture } from './architecture.ts';
import { installedQemu } from './find-qemu.ts';
import { lackOfFirmware } from './firmware.ts';

/** What is missing here to run a machine of this architecture: QEMU, or the firmware that it boots with. */
export async function qemuLacks(
  architecture: Architecture,
  env: NodeJS.ProcessEnv = process.env,
): Promise<readonly (Lack | undefined)[]> {
  const there = installedQemu(architecture, env) !== undefined;
  return [there ? undefined : lackOfProgram(`qemu-${architecture}`, env), await lackOfFirmware(architecture)];
}
