import { lackError, type Lack } from '../../ground/lack/lack.ts';
import { qemuArgv } from '../../vm/qemu-argv.ts';
import { qemuLacks } from '../../vm/qemu-lacks.ts';
import type { Provider } from './provider.ts';
import { findGvproxy, gvproxyArgv, startGvproxy, stopGvproxy } from './qemu/gvproxy.ts';
import { machineSpec } from './qemu/machine-spec.ts';

const noGvproxy: Lack = {
  problem: 'gvproxy, which --network gvproxy asks for, is not installed',
  part: 'gvproxy',
  remedy:
    'or do without it: --network user, for a machine that is there podbsd machine set --network user NAME',
};

/** QEMU is the machine's process itself; gvproxy, where it is used, runs beside it. */
export const qemu: Provider = {
  name: 'qemu',
  title: 'QEMU',
  checkNetwork: () => undefined,
  checkArchitecture: () => undefined,

  lacks: async ({ architecture, network }, env) => [
    ...(await qemuLacks(architecture, env)),
    network === 'gvproxy' && findGvproxy(env) === undefined ? noGvproxy : undefined,
  ],

  network({ record: { name, network } }, env) {
    const program = network === 'user' ? undefined : findGvproxy(env);
    if (program !== undefined) return { kind: 'gvproxy', program };
    if (network !== 'gvproxy') return { kind: 'user' };
    throw lackError(`starting ${name}`, [noGvproxy]) ?? new Error('gvproxy is there after all');
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
