import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runProgram } from '../host/run-program.ts';
import { emulatedProcessor, hostArchitecture, type Architecture } from './architecture.ts';
import { qemuToStart } from './find-qemu.ts';
import { PROBE_PASSED, probeAmd64 } from './probe/probe-amd64.ts';

/** What runs the guest's instructions: Linux's KVM, macOS's Hypervisor framework, or QEMU's own emulation. */
export type Accelerator = 'kvm' | 'hvf' | 'tcg';

/** Milliseconds for a trial: QEMU may take a while to load on a busy host, the machine itself does not. */
const PROBE_TIMEOUT = 10_000;
const QUIET = ['-nodefaults', '-display', 'none', '-monitor', 'none', '-serial', 'none'];

/** podman passes `-cpu host`; emulation has no host processor to pass through and offers all it can instead. */
export function acceleratorArgs(accelerator: Accelerator, architecture: Architecture): string[] {
  return ['-accel', accelerator, '-cpu', accelerator === 'tcg' ? emulatedProcessor[architecture] : 'host'];
}

/** A trial takes seconds where acceleration is broken, and its outcome does not change while podbsd runs. */
const known = new Map<string, Promise<Accelerator>>();

/**
 * The best accelerator that really works for guests of this architecture. /dev/kvm may exist without permission to open
 * it, or may get through the BIOS and then stop at the first kernel, so a small machine is run to its end with it.
 *
 * @param program QEMU for this architecture, where it is not the one in PATH.
 */
export async function findAccelerator(
  architecture: Architecture,
  program = qemuToStart(architecture),
): Promise<Accelerator> {
  const answer = known.get(program) ?? tryAccelerator(architecture, program);
  known.set(program, answer);
  return await answer;
}

async function tryAccelerator(architecture: Architecture, program: string): Promise<Accelerator> {
  if (architecture !== hostArchitecture()) return 'tcg';
  const native = process.platform === 'darwin' ? 'hvf' : process.platform === 'linux' ? 'kvm' : undefined;
  if (native === undefined) return 'tcg';
  return (await runsMachine(architecture, native, program)) ? native : 'tcg';
}

/** Whether this QEMU can run a machine of its host's architecture with an accelerator. It takes seconds when not. */
export async function runsMachine(
  architecture: Architecture,
  accelerator: Accelerator,
  program = qemuToStart(architecture),
): Promise<boolean> {
  return architecture === 'amd64'
    ? await runsProbe(program, accelerator)
    : await runsFirmware(program, accelerator);
}

/** Runs a kernel of a few instructions that ends QEMU with an exit code of its own. */
async function runsProbe(program: string, accelerator: Accelerator): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), 'podbsd-probe-'));
  const kernel = join(folder, 'kernel');
  const failed = new AbortController();
  try {
    await writeFile(kernel, probeAmd64);
    const exit = ['-no-reboot', '-device', 'isa-debug-exit,iobase=0xf4,iosize=0x04', '-kernel', kernel];
    await runProgram([program, ...acceleratorArgs(accelerator, 'amd64'), '-M', 'pc', ...QUIET, ...exit], {
      okCodes: [PROBE_PASSED],
      timeoutMs: PROBE_TIMEOUT,
      signal: failed.signal,
      // QEMU pauses the machine but keeps running, for a debugger.
      onLine: (line) => {
        if (line.includes('internal error')) failed.abort();
      },
    });
    return true;
  } catch {
    return false;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** There is no probe for arm64: a machine is started and asked whether it runs. */
async function runsFirmware(program: string, accelerator: Accelerator): Promise<boolean> {
  const argv = [program, ...acceleratorArgs(accelerator, 'arm64'), '-M', 'virt', ...QUIET] as const;
  const commands = ['qmp_capabilities', 'query-status', 'quit'];
  try {
    const { stdout } = await runProgram([...argv, '-qmp', 'stdio'], {
      input: commands.map((execute) => `${JSON.stringify({ execute })}\n`).join(''),
      timeoutMs: PROBE_TIMEOUT,
    });
    return stdout.includes('"status": "running"');
  } catch {
    return false;
  }
}
