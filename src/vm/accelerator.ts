import type { Host } from '../host/host.ts';
import { hostArchitecture, qemuProgram, type Architecture } from './architecture.ts';

/** What runs the guest's instructions: Linux's KVM, macOS's Hypervisor framework, or QEMU's own emulation. */
export type Accelerator = 'kvm' | 'hvf' | 'tcg';

/** QEMU may need a while to load on a busy host; the machine itself runs at once. Milliseconds. */
const PROBE_TIMEOUT = 20_000;

/** podman passes `-cpu host`; emulation has no host processor to pass through and offers all it can instead. */
export function acceleratorArgs(accelerator: Accelerator): string[] {
  return ['-accel', accelerator, '-cpu', accelerator === 'tcg' ? 'max' : 'host'];
}

/**
 * The best accelerator that really works for guests of this architecture. /dev/kvm may exist without rights on it, or in
 * a virtual machine that cannot nest, so a machine is started with it and asked whether it runs.
 */
export async function findAccelerator(host: Host, architecture: Architecture): Promise<Accelerator> {
  if (architecture !== hostArchitecture()) return 'tcg';
  const native = process.platform === 'darwin' ? 'hvf' : process.platform === 'linux' ? 'kvm' : undefined;
  return native !== undefined && (await works(host, native, architecture)) ? native : 'tcg';
}

async function works(host: Host, accelerator: Accelerator, architecture: Architecture): Promise<boolean> {
  const machine = architecture === 'amd64' ? 'pc' : 'virt';
  const quiet = ['-nodefaults', '-display', 'none', '-monitor', 'none', '-serial', 'none', '-qmp', 'stdio'];
  const argv = [qemuProgram(architecture), ...acceleratorArgs(accelerator), '-M', machine, ...quiet] as const;
  const commands = ['qmp_capabilities', 'query-status', 'quit'];
  try {
    const { stdout } = await host.run(argv, {
      input: commands.map((execute) => `${JSON.stringify({ execute })}\n`).join(''),
      timeoutMs: PROBE_TIMEOUT,
      readOnly: true,
    });
    return stdout.includes('"status": "running"');
  } catch {
    return false;
  }
}
