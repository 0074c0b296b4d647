import { findAccelerator } from '../../vm/accelerator.ts';
import { installAdvice } from '../../podman/no-package.ts';
import { ok, problem, skipped, warning, type CheckRow, type Verdict } from '../check.ts';
import type { PodmanFacts } from './facts.ts';

/** What macOS needs: podbsd machine runs QEMU itself there. */
export const macosPodmanChecks: readonly CheckRow<PodmanFacts>[] = [
  {
    id: 'host.podman',
    title: 'podman',
    look: ({ found }) =>
      found.podman === undefined
        ? warning('not installed: only needed as a client', installAdvice('podman', found))
        : ok(`${found.podman.version?.text ?? 'unknown version'} at ${found.podman.path}`),
  },
  {
    id: 'host.qemu',
    title: 'QEMU',
    look: ({ found }) =>
      found.qemu === undefined || found.qemuImg === undefined
        ? problem('not installed', installAdvice('qemu-img', found))
        : ok(found.qemu.path),
  },
  { id: 'host.hvf', title: 'Hypervisor framework', look: judgeHvf },
];

async function judgeHvf({ found }: PodmanFacts): Promise<Verdict> {
  if (found.qemu === undefined) return skipped('QEMU is not installed, so it could not be tried');
  return (await findAccelerator(found.architecture)) === 'hvf'
    ? ok('a machine was run with it')
    : warning('cannot be used, so machines are emulated and slow', 'sysctl kern.hv_support');
}
