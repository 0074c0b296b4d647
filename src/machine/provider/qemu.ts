import { ExitCode, PodbsdError } from '../../ground/errors.ts';
import { qemuArgv } from '../../vm/qemu-argv.ts';
import type { Provider } from './provider.ts';
import { findGvproxy, gvproxyArgv, startGvproxy, stopGvproxy } from './qemu/gvproxy.ts';
import { machineSpec } from './qemu/machine-spec.ts';

/** QEMU is the machine's process itself; gvproxy, where it is used, runs beside it. */
export const qemu: Provider = {
  name: 'qemu',
  title: 'QEMU',
  install: 'Debian: qemu-system-x86 (or -arm); Fedora: qemu-system-x86-core; Homebrew, FreeBSD: qemu',
  checkNetwork: () => undefined,
  checkArchitecture: () => undefined,

  network({ record: { name, network } }, env) {
    const program = network === 'user' ? undefined : findGvproxy(env);
    if (program !== undefined) return { kind: 'gvproxy', program };
    if (network !== 'gvproxy') return { kind: 'user' };
    throw new PodbsdError({
      doing: `starting ${name}`,
      problem: 'gvproxy is not installed',
      remedy: `install it (Debian gvproxy, Fedora gvisor-tap-vsock), or podbsd machine set --network user ${name}`,
      exitCode: ExitCode.host,
    });
  },

  async plan(machine, network, env) {
    const argv = qemuArgv(await machineSpec(machine, network.kind, env));
    return network.kind === 'user' ? [argv] : [gvproxyArgv(network.program, machine), argv];
  },

  async prepare(machine, network, env) {
    const argv = qemuArgv(await machineSpec(machine, network.kind, env));
    if (network.kind === 'gvproxy') await startGvproxy(network.program, machine);
    return argv;
  },

  async cleanUp(machine) {
    await stopGvproxy(machine);
  },
};
