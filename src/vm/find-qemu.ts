import { basename } from 'node:path';
import { findIn } from '../ground/find-program.ts';
import { hostArchitecture, qemuProgram, type Architecture } from './architecture.ts';

/**
 * QEMU for guests of this architecture in the folders. Red Hat's systems have that for their own architecture under
 * another name only, outside of PATH.
 */
export function findQemu(
  architecture: Architecture,
  folders: readonly string[],
  redhatFolder = '/usr/libexec',
): string | undefined {
  return (
    findIn(folders, qemuProgram(architecture)) ??
    (architecture === hostArchitecture() ? findIn([...folders, redhatFolder], 'qemu-kvm') : undefined)
  );
}

/** QEMU for guests of this architecture as PATH has it. */
export function installedQemu(architecture: Architecture, env: NodeJS.ProcessEnv): string | undefined {
  return findQemu(architecture, (env['PATH'] ?? '').split(':'));
}

/** The program to start for guests of this architecture: QEMU's usual name, unless it has another one here. */
export function qemuToStart(architecture: Architecture, env: NodeJS.ProcessEnv = process.env): string {
  const usual = qemuProgram(architecture);
  const found = installedQemu(architecture, env);
  return found === undefined || basename(found) === usual ? usual : found;
}
