import { rm } from 'node:fs/promises';
import { ExitCode, PodbsdError } from '../../ground/errors.ts';
import { exists } from '../../ground/exists.ts';
import { findIn } from '../../ground/find-program.ts';
import type { Lack } from '../../ground/lack/lack.ts';
import { replaceFile } from '../../ground/replace-file.ts';
import { podbsdCommand } from '../own-command.ts';
import { proxyEnvironment } from '../proxy-environment.ts';
import { BHYVE_FIRMWARE, bhyveArgv, vmName } from './bhyve/argv.ts';
import { destroyVm } from './bhyve/kernel.ts';
import type { Provider } from './provider.ts';

const noBhyve: Lack = {
  problem: 'bhyve is not installed; it is a part of FreeBSD',
  remedy: 'on another system: podbsd machine init --provider qemu',
};

/** What bhyve takes from FreeBSD's ports, by the file that it opens. */
const ported = [
  [BHYVE_FIRMWARE, 'bhyve-firmware', "bhyve's UEFI firmware is not installed"],
  ['/usr/local/lib/libslirp.so', 'libslirp', "libslirp, bhyve's network, is not installed"],
] as const;

async function partsOfPorts(): Promise<Lack[]> {
  const lacks: Lack[] = [];
  for (const [file, part, problem] of ported) if (!(await exists(file))) lacks.push({ problem, part });
  return lacks;
}

/** bhyve ends whenever its guest reboots, so the machine's process is a podbsd in the background that runs it again. */
export const bhyve: Provider = {
  name: 'bhyve',
  title: 'bhyve',
  needs: 'bhyve needs root (FreeBSD 15: or the group vmm) and the packages edk2-bhyve and libslirp',

  checkNetwork(network) {
    if (network !== 'gvproxy') return;
    throw new PodbsdError({
      doing: 'choosing the network of the machine',
      problem: 'gvproxy does not work with bhyve, which brings a network of its own (slirp)',
      remedy: '--network user, or a machine with --provider qemu',
      exitCode: ExitCode.usage,
    });
  },

  checkArchitecture(architecture) {
    if (architecture === 'amd64') return;
    throw new PodbsdError({
      doing: 'making a machine for bhyve',
      problem: `the image is for ${architecture}, and bhyve can pass an Ignition config to amd64 guests only`,
      remedy: 'podbsd machine init --provider qemu ...',
      exitCode: ExitCode.data,
    });
  },

  lacks: async (_machine, env) => [
    findIn((env['PATH'] ?? '').split(':'), 'bhyve') === undefined ? noBhyve : undefined,
    ...(process.platform === 'freebsd' ? await partsOfPorts() : []),
  ],

  network: () => ({ kind: 'user' }),

  plan: (machine, network, env) =>
    Promise.resolve([bhyveArgv(machine, proxyEnvironment(env, network.kind) !== undefined)]),

  async prepare(machine, network, env) {
    const { record, paths } = machine;
    // Refused here rather than in the background.
    bhyveArgv(machine);
    const environment = proxyEnvironment(env, network.kind);
    if (environment === undefined) await rm(paths.environment, { force: true });
    else await replaceFile(paths.environment, environment, 0o600);
    return [...podbsdCommand(), 'machine', '__bhyve', record.name, '--pid-file', paths.vmPid];
  },

  async cleanUp(machine) {
    // Where the podbsd that ran bhyve was killed, bhyve may be left.
    await destroyVm(vmName(machine));
  },
};
