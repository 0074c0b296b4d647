import type { System } from '../system/system.ts';
import { runProgram } from './program.ts';

/** Boot environments: bootable clones of the root file system on ZFS. */

const bectl = '/sbin/bectl';

export interface BootEnvironment {
  readonly name: string;
  /** It is the one that runs. */
  readonly running: boolean;
  /** The next start takes it, this one time only. */
  readonly once: boolean;
}

/** All of them; undefined where there are none because the root file system is not ZFS. */
export function bootEnvironments(system: System): readonly BootEnvironment[] | undefined {
  if (system.run([bectl, 'check']).code !== 0) return undefined;
  const lines = runProgram(system, [bectl, 'list', '-H']).out.split('\n').filter(Boolean);
  return lines.map((line) => {
    // Name, then N (now), R (on reboot), T (temporarily) or -.
    const [name = '', active = ''] = line.split('\t');
    return { name, running: active.includes('N'), once: active.includes('T') };
  });
}

/** A clone of the environment that runs. */
export function createEnvironment(system: System, name: string): void {
  runProgram(system, [bectl, 'create', name]);
}

export function mountEnvironment(system: System, name: string, folder: string): void {
  runProgram(system, [bectl, 'mount', name, folder]);
}

export function unmountEnvironment(system: System, name: string): void {
  runProgram(system, [bectl, 'umount', '-f', name]);
}

/** With the snapshot that it was cloned from. */
export function destroyEnvironment(system: System, name: string): void {
  runProgram(system, [bectl, 'destroy', '-F', '-o', name]);
}

/** For the next start only: the loader forgets it as soon as it has read it, and takes the old one after that. */
export function activateOnce(system: System, name: string): void {
  runProgram(system, [bectl, 'activate', '-t', name]);
}

/** Takes activateOnce back. */
export function deactivateOnce(system: System, name: string): void {
  runProgram(system, [bectl, 'activate', '-T', name]);
}

export function activateForGood(system: System, name: string): void {
  runProgram(system, [bectl, 'activate', name]);
}
