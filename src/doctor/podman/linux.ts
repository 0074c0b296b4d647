import { firmwareFolders } from '../../podman/linux/firmware.ts';
import { installAdvice } from '../../ground/install-advice.ts';
import { usesVirtiofs } from '../../podman/version.ts';
import type { Part } from '../../ground/packages.ts';
import { ok, problem, skipped, warning, type CheckRow, type Verdict } from '../check.ts';
import type { PodmanFacts } from './facts.ts';
import { configurationCheck, environmentCheck, helpersCheck } from './helpers.ts';
import { judgeKvm } from './kvm.ts';
import { judgeGvproxy, judgePodman, judgeQemu } from './versions.ts';

/** What a Linux host needs to run FreeBSD machines with podman machine. */
export const linuxPodmanChecks: readonly CheckRow<PodmanFacts>[] = [
  { id: 'host.podman', title: 'podman', look: ({ found }) => judgePodman(found) },
  { id: 'host.qemu', title: 'QEMU', look: ({ found }) => judgeQemu(found) },
  {
    id: 'host.qemu-img',
    title: 'qemu-img',
    look: (facts) => thereOrMissing('qemu-img', facts.found.qemuImg, facts),
  },
  { id: 'host.gvproxy', title: 'gvproxy', look: ({ found }) => judgeGvproxy(found) },
  { id: 'host.virtiofsd', title: 'virtiofsd', look: judgeVirtiofsd },
  { id: 'host.firmware', title: 'UEFI firmware', look: judgeFirmware },
  { id: 'host.kvm', title: 'KVM', look: ({ found, env }) => judgeKvm(found, env) },
  helpersCheck,
  configurationCheck,
  environmentCheck,
];

function thereOrMissing(part: Part, path: string | undefined, { found }: PodmanFacts): Verdict {
  return path === undefined ? problem('not installed', installAdvice(part, found)) : ok(path);
}

function judgeVirtiofsd({ found }: PodmanFacts): Verdict {
  if (found.virtiofsd !== undefined) return ok(found.virtiofsd);
  if (!usesVirtiofs(found.podman?.version)) return skipped('this podman does not use it');
  return warning(
    'not installed: only Linux machines with volumes need it',
    installAdvice('virtiofsd', found),
  );
}

function judgeFirmware({ found }: PodmanFacts): Verdict {
  if (found.architecture === 'amd64') return ok('machines of this kind boot with the BIOS of QEMU');
  if (found.firmware) return ok('installed');
  return problem(`no QEMU_EFI.fd in ${firmwareFolders.join(' or ')}`, installAdvice('firmware', found));
}
