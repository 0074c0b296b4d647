import { realpathSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { ExitCode, PodbsdError } from '../../ground/errors.ts';
import type { Environment } from '../../ground/xdg.ts';
import type { Accelerator } from '../../vm/accelerator.ts';
import { hostArchitecture, qemuProgram, type Architecture } from '../../vm/architecture.ts';
import { ARM64_FIRMWARE } from '../../vm/firmware.ts';
import { findIn } from '../../ground/find-program.ts';
import { PFLASH_BYTES, type QemuFacts } from './qemu-line.ts';

/**
 * Where QEMU is on a Mac: Homebrew's on Apple silicon and on Intel, MacPorts', and the one that podman's own installer
 * brought up to 4.9. Programs that were started from the Dock have none of these in PATH.
 */
export const qemuFolders: readonly string[] = [
  '/opt/homebrew/bin',
  '/usr/local/bin',
  '/opt/local/bin',
  '/opt/podman/qemu/bin',
];

/** QEMU for a disk, with what it needs. */
export type QemuParts = Pick<QemuFacts, 'program' | 'architecture' | 'accelerator' | 'firmware'>;

/**
 * @param disk podman's name for it ends with the architecture of podman itself.
 * @throws PodbsdError when something is missing.
 */
export function findQemuParts(disk: string, env: Environment): QemuParts {
  const named = env['PODBSD_QEMU'] ?? '';
  const architecture = architectureOf(named) ?? architectureOf(disk) ?? hostArchitecture() ?? 'arm64';
  const program = named === '' ? findQemu(architecture, env) : findIn([dirname(named)], basename(named));
  if (program === undefined)
    throw new PodbsdError({
      doing: 'looking for QEMU',
      problem:
        named === ''
          ? `${qemuProgram(architecture)} is not installed`
          : `PODBSD_QEMU is ${named}, which is not a program`,
      remedy: named === '' ? 'brew install qemu' : 'set PODBSD_QEMU to a qemu-system program, or unset it',
      exitCode: ExitCode.host,
    });
  return {
    program,
    architecture,
    accelerator: chooseAccelerator(architecture, env),
    firmware: architecture === 'arm64' ? (findFirmware(program) ?? noFirmware(program)) : undefined,
  };
}

/** QEMU as it is found without PODBSD_QEMU. */
export function findQemu(architecture: Architecture, env: Environment): string | undefined {
  return findIn([...(env['PATH'] ?? '').split(':'), ...qemuFolders], qemuProgram(architecture));
}

/** Read off the name of a QEMU, or off a disk's as podman makes it. */
function architectureOf(path: string): Architecture | undefined {
  const [, name] = /-(aarch64|arm64|x86_64|amd64)(?:\.raw)?$/.exec(basename(path)) ?? [];
  if (name === undefined) return undefined;
  return name === 'aarch64' || name === 'arm64' ? 'arm64' : 'amd64';
}

/**
 * On a Mac it is Hypervisor.framework or nothing: a guest emulated by mistake would look as if it hung.
 * `PODBSD_ACCEL=tcg` asks for emulation.
 */
function chooseAccelerator(architecture: Architecture, env: Environment): Accelerator {
  const asked = env['PODBSD_ACCEL'] ?? '';
  if (asked === 'hvf' || asked === 'kvm' || asked === 'tcg') return asked;
  if (asked !== '')
    throw new PodbsdError({
      doing: 'choosing how QEMU runs the machine',
      problem: `PODBSD_ACCEL is ${asked}`,
      remedy: 'set it to hvf or tcg, or unset it',
      exitCode: ExitCode.usage,
    });
  // No other system has vfkit or krunkit: where this is tested, emulation always works.
  return process.platform === 'darwin' && architecture === hostArchitecture() ? 'hvf' : 'tcg';
}

/** UEFI for arm64 and a QEMU; undefined when there is none. */
export function findFirmware(program: string): QemuFacts['firmware'] {
  for (const path of firmwarePlaces(program)) {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found?.isFile() === true) return { path, pflash: found.size === PFLASH_BYTES };
  }
  return undefined;
}

function firmwarePlaces(program: string): string[] {
  // That of the same installation comes first: Homebrew's, MacPorts' and podman's are in different folders.
  const beside = join(dirname(dirname(realpathSync(program))), 'share', 'qemu', 'edk2-aarch64-code.fd');
  return [beside, ...ARM64_FIRMWARE];
}

function noFirmware(program: string): never {
  throw new PodbsdError({
    doing: 'looking for the UEFI firmware',
    problem: `none at ${firmwarePlaces(program).join(', ')}`,
    remedy: 'brew reinstall qemu',
    exitCode: ExitCode.host,
  });
}
