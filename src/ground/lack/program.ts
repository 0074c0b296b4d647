import { findIn } from '../find-program.ts';
import type { Part } from '../packages.ts';
import type { Lack } from './lack.ts';

/** The programs of each part by which it is recognized. Where they lie outside of PATH, others know where to look. */
const programs: Readonly<Partial<Record<Part, readonly string[]>>> = {
  'qemu-amd64': ['qemu-system-x86_64'],
  'qemu-arm64': ['qemu-system-aarch64'],
  'qemu-img': ['qemu-img'],
  mtools: ['mformat', 'mcopy'],
  ssh: ['ssh-keygen'],
};

/** The part as a lack when one of its programs is not in PATH. */
export function lackOfProgram(part: Part, env: NodeJS.ProcessEnv = process.env): Lack | undefined {
  const path = (env['PATH'] ?? '').split(':');
  const missing = (programs[part] ?? [part]).filter((program) => findIn(path, program) === undefined);
  if (missing.length === 0) return undefined;
  return { problem: `${missing.join(' and ')} ${missing.length === 1 ? 'is' : 'are'} not installed`, part };
}
