/** Processor architectures of machines, by FreeBSD's names. */
export type Architecture = 'amd64' | 'arm64';

/** The architecture of the machine that podbsd runs on; undefined when it is neither of the two. */
export function hostArchitecture(): Architecture | undefined {
  if (process.arch === 'x64') return 'amd64';
  return process.arch === 'arm64' ? 'arm64' : undefined;
}

/** QEMU's program for a guest of this architecture. */
export function qemuProgram(architecture: Architecture): string {
  return architecture === 'amd64' ? 'qemu-system-x86_64' : 'qemu-system-aarch64';
}

/**
 * The processor that is emulated, for QEMU's `-cpu`. arm64 signs its return addresses: QEMU computes the processor's own
 * cipher for that unless it may use a fast one, which makes emulated guests much slower (QEMU 6.0 and later know the
 * option, 10.0 has it by default).
 */
export const emulatedProcessor: Readonly<Record<Architecture, string>> = {
  amd64: 'max',
  arm64: 'max,pauth-impdef=on',
};
