import { compareVersions } from '../../ground/versions.ts';
import { findAccelerator } from '../../vm/accelerator.ts';
import { installAdvice } from '../../ground/install-advice.ts';
import { ok, problem, skipped, warning, type CheckRow, type Verdict } from '../check.ts';
import type { PodmanFacts } from './facts.ts';
import { configurationCheck, environmentCheck, helpersCheck } from './helpers.ts';
import { judgeGvproxy } from './versions.ts';

/** QEMU with a network backend of datagrams. */
const OLDEST_QEMU = '7.2';
/** Its arm64 guests stop under HVF where 11.0 boots them (NVIDIA/OpenShell issue 2924). */
const STALLING_QEMU = '11.1';
/** podman's provider applehv as the stand-in knows it. */
const OLDEST_PODMAN = '4.9';

/** What macOS needs to run FreeBSD machines with podman machine, or with podbsd machine, which needs QEMU only. */
export const macosPodmanChecks: readonly CheckRow<PodmanFacts>[] = [
  { id: 'host.podman', title: 'podman', look: judgePodman },
  { id: 'host.qemu', title: 'QEMU', look: judgeQemu },
  { id: 'host.firmware', title: 'UEFI firmware', look: judgeFirmware },
  { id: 'host.hvf', title: 'Hypervisor framework', look: judgeHvf },
  { id: 'host.gvproxy', title: 'gvproxy', look: ({ found }) => judgeGvproxy({ ...found, kvm: true }) },
  { id: 'host.perl', title: 'perl', look: judgePerl },
  helpersCheck,
  configurationCheck,
  environmentCheck,
];

function judgePodman({ found }: PodmanFacts): Verdict {
  const { podman } = found;
  if (podman === undefined) return warning('not installed', installAdvice('podman', found));
  const version = podman.version?.text;
  if (version === undefined)
    return problem(`${podman.path} does not say its version`, `${podman.path} --version`);
  return compareVersions(version, OLDEST_PODMAN) < 0
    ? problem(
        `podman ${version} is too old: machines with FreeBSD need ${OLDEST_PODMAN} or later`,
        'install a newer podman',
      )
    : ok(`${version} at ${podman.path}`);
}

function judgeQemu({ found }: PodmanFacts): Verdict {
  const { qemu, architecture } = found;
  if (qemu === undefined || found.qemuImg === undefined)
    return problem('not installed', installAdvice(`qemu-${architecture}`, found));
  const version = qemu.version?.join('.');
  if (version !== undefined && compareVersions(version, OLDEST_QEMU) < 0)
    return problem(
      `QEMU ${version} is too old: the network needs ${OLDEST_QEMU} or later`,
      'install a newer QEMU',
    );
  if (architecture === 'arm64' && version === STALLING_QEMU)
    return warning(
      `QEMU ${version} was seen to stop when the firmware hands over to the kernel of an arm64 guest`,
      'install 11.0 or a later one than 11.1, if machines do not start',
    );
  return ok(version === undefined ? qemu.path : `${version} at ${qemu.path}`);
}

function judgeFirmware({ found }: PodmanFacts): Verdict {
  if (found.architecture === 'amd64') return ok('machines of this kind boot with the BIOS of QEMU');
  if (found.firmware) return ok('installed');
  return problem('edk2-aarch64-code.fd is not beside QEMU', installAdvice('firmware', found));
}

async function judgeHvf({ found }: PodmanFacts): Promise<Verdict> {
  if (found.qemu === undefined) return skipped('QEMU is not installed, so it could not be tried');
  return (await findAccelerator(found.architecture, found.qemu.path)) === 'hvf'
    ? ok('a machine was run with it')
    : problem(
        'no machine runs with it: podman machine does not start FreeBSD, and podbsd machine emulates it, slowly',
        'sysctl kern.hv_support, which has to say 1; then brew reinstall qemu, whose QEMU may use it',
      );
}

function judgePerl({ found }: PodmanFacts): Verdict {
  return found.perl === undefined
    ? warning(
        'not there: the network of machines goes through a stream in place of datagrams',
        'podbsd setup-podman',
      )
    : ok(found.perl);
}
