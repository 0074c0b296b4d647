import type { Host } from '../host/host.ts';
import type { Inspection } from '../podman/inspect.ts';
import { findAccelerator } from '../vm/accelerator.ts';
import { ok, problem, skipped, warning, type Check, type Verdict } from './check.ts';

/** What macOS needs: podbsd machine runs QEMU itself there, since podman's machines cannot run FreeBSD. */
export function macosHostChecks(host: Host, found: Inspection): Check[] {
  const { podman, qemu, qemuImg } = found;
  const brew = (part: string): string => `brew install ${part}`;
  return [
    {
      id: 'host.podman',
      title: 'podman',
      look: async () =>
        podman === undefined
          ? warning('not installed: only needed as a client', brew('podman'))
          : ok(`${podman.version?.text ?? 'unknown version'} at ${podman.path}`),
    },
    {
      id: 'host.qemu',
      title: 'QEMU',
      look: async () =>
        qemu === undefined || qemuImg === undefined ? problem('not installed', brew('qemu')) : ok(qemu.path),
    },
    { id: 'host.hvf', title: 'Hypervisor framework', look: () => judgeHvf(host, found) },
  ];
}

async function judgeHvf(host: Host, { qemu, architecture }: Inspection): Promise<Verdict> {
  if (qemu === undefined) return skipped('QEMU is not installed, so it could not be tried');
  return (await findAccelerator(host, architecture)) === 'hvf'
    ? ok('a machine was run with it')
    : warning('cannot be used, so machines are emulated and slow', 'sysctl kern.hv_support');
}
