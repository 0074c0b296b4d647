import { compareVersions } from '../../ground/versions.ts';
import type { Inspection } from '../../podman/inspect.ts';
import { installAdvice } from '../../ground/install-advice.ts';
import { neededQemu, shareTransport } from '../../podman/version.ts';
import { ok, problem, warning, type Verdict } from '../check.ts';

/** The oldest podman that FreeBSD machines are made for. */
const OLDEST_PODMAN = '4.3';
/** The last gvproxy that never retries what failed at first. */
const LAST_IMPATIENT_GVPROXY = '0.8.1';

/** The version of podman and its peculiarities. */
export function judgePodman(found: Inspection): Verdict {
  const { podman } = found;
  if (podman === undefined) return problem('not installed', installAdvice('podman', found));
  const { path, version } = podman;
  if (version === undefined) return problem(`${path} does not say its version`, `${path} --version`);
  if (compareVersions(version.text, OLDEST_PODMAN) < 0)
    return problem(
      `podman ${version.text} is too old: machines with FreeBSD need ${OLDEST_PODMAN} or later`,
      `install podman ${OLDEST_PODMAN} or later`,
    );
  const shares =
    shareTransport(version) === '9p'
      ? 'shares folders by 9P'
      : "shares folders by virtiofs, which podbsd's helpers turn into 9P";
  // pkg/machine/ignition since 6.1: Fedora CoreOS has links the other way round.
  const targets =
    compareVersions(version.text, '6.1') >= 0
      ? '; names folders below /home, /srv, /mnt, /opt and /root as below /var, which images of older podbsd do not know'
      : '';
  return ok(`${version.text} at ${path}: ${shares}${targets}`);
}

/** QEMU, measured by what this podman passes to it. */
export function judgeQemu(found: Inspection): Verdict {
  const { qemu, podman, architecture } = found;
  const install = installAdvice(`qemu-${architecture}`, found);
  if (qemu === undefined) return problem('not installed', install);
  const [has, needed] = [qemu.version?.join('.'), podman?.version && neededQemu(podman.version).join('.')];
  if (has === undefined) return problem(`${qemu.path} does not say its version`, `${qemu.path} --version`);
  if (needed !== undefined && compareVersions(has, needed) < 0)
    return problem(
      `QEMU ${has} is too old: podman ${podman?.version?.text ?? ''} needs ${needed} or later`,
      'install a newer QEMU',
    );
  return ok(`${has} at ${qemu.path}`);
}

/** gvproxy, the network of podman's machines. */
export function judgeGvproxy(found: Inspection): Verdict {
  const { gvproxy } = found;
  if (gvproxy === undefined)
    return problem(`not found in ${[...found.searched, 'PATH'].join(', ')}`, installAdvice('gvproxy', found));
  const { path, version } = gvproxy;
  if (version !== undefined && compareVersions(version, LAST_IMPATIENT_GVPROXY) <= 0 && !found.kvm)
    return warning(
      `${version} at ${path} gives the API socket up for good when an emulated machine is not ready within four minutes`,
      'podman machine stop, then podman machine start, when that has happened',
    );
  return ok(version === undefined ? path : `${version} at ${path}`);
}
