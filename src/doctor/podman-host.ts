import { environmentWarnings, kvmWarning, usesVirtiofs, versionWarnings } from '../podman/advice.ts';
import { dropInMark } from '../podman/containers-conf.ts';
import { installCommand, packageOf, unpackaged, type Part } from '../podman/distribution.ts';
import type { Host } from '../host/host.ts';
import type { Inspection } from '../podman/inspect.ts';
import { outdated } from '../podman/setup.ts';
import { setupPaths, type UserFolders } from '../podman/user-folders.ts';
import { shareTransport } from '../podman/version.ts';
import { ok, problem, skipped, warning, type Check, type Verdict } from './check.ts';

/** What a Linux host needs to run FreeBSD machines with podman machine. */
export function podmanHostChecks(
  host: Host,
  found: Inspection,
  folders: UserFolders,
  env: NodeJS.ProcessEnv,
): Check[] {
  const part = (name: Part, path: string | undefined): Verdict =>
    path === undefined ? missingPart(name, found) : ok(path);
  return [
    { id: 'host.podman', title: 'podman', look: async () => judgePodman(found) },
    { id: 'host.qemu', title: 'QEMU', look: async () => judgeQemu(found) },
    { id: 'host.qemu-img', title: 'qemu-img', look: async () => part('qemu-img', found.qemuImg) },
    { id: 'host.gvproxy', title: 'gvproxy', look: async () => part('gvproxy', found.gvproxy) },
    { id: 'host.virtiofsd', title: 'virtiofsd', look: async () => judgeVirtiofsd(found) },
    {
      id: 'host.firmware',
      title: 'UEFI firmware',
      look: async () => (found.firmware ? ok(firmware(found)) : missingPart('firmware', found)),
    },
    { id: 'host.kvm', title: 'KVM', look: async () => judgeKvm(found) },
    { id: 'host.helpers', title: "podbsd's helpers", look: () => judgeHelpers(host, found, folders) },
    { id: 'host.environment', title: 'environment', look: async () => judgeEnvironment(env) },
  ];
}

function missingPart(part: Part, { family, architecture, osRelease }: Inspection): Verdict {
  const wayOut = unpackaged(part, osRelease);
  if (wayOut !== undefined) return problem('not installed', wayOut);
  if (family === undefined) return problem('not installed', `install ${part} with your system's packages`);
  return problem('not installed', installCommand(family, [packageOf(part, family, architecture)]));
}

function judgePodman(found: Inspection): Verdict {
  const { podman } = found;
  if (podman === undefined) return missingPart('podman', found);
  const { version } = podman;
  if (version === undefined)
    return problem(`${podman.path} does not say its version`, `${podman.path} --version`);
  const [tooOld] = versionWarnings({ ...found, qemu: undefined });
  if (tooOld !== undefined) return problem(tooOld, 'install podman 4.3 or later');
  const shares =
    shareTransport(version) === '9p'
      ? 'shares folders by 9P'
      : "shares folders by virtio-fs, which podbsd's helpers turn into 9P";
  return ok(`${version.text} at ${podman.path}: ${shares}`);
}

function judgeQemu(found: Inspection): Verdict {
  const { qemu } = found;
  if (qemu === undefined) return missingPart('qemu', found);
  const [tooOld] = versionWarnings(found);
  if (tooOld?.startsWith('QEMU') === true) return problem(tooOld, 'install a newer QEMU');
  return ok(`${qemu.version?.join('.') ?? 'unknown version'} at ${qemu.path}`);
}

function judgeVirtiofsd(found: Inspection): Verdict {
  if (found.virtiofsd !== undefined) return ok(found.virtiofsd);
  if (!usesVirtiofs(found)) return skipped('this podman does not use it');
  const { finding, repair } = missingPart('virtiofsd', found);
  return warning(`${finding}: only Linux machines with volumes need it`, repair);
}

function firmware({ architecture }: Inspection): string {
  return architecture === 'amd64' ? 'machines of this kind boot with the BIOS of QEMU' : 'installed';
}

function judgeKvm(found: Inspection): Verdict {
  if (found.kvm) return ok('a machine was run with it');
  if (found.qemu === undefined) return skipped('QEMU is not installed, so it could not be tried');
  // "what is wrong: what to do", as setup-podman prints it.
  const [what = '', ...repair] = kvmWarning(found).split(': ');
  return warning(what, repair.length === 0 ? undefined : repair.join(': '));
}

async function judgeHelpers(host: Host, found: Inspection, folders: UserFolders): Promise<Verdict> {
  if (process.getuid?.() === 0)
    return skipped('podman refuses to run machines for root; run podbsd doctor as the user who will');
  if (found.podman === undefined) return skipped('podman is not installed');
  const { dropIn, helpers } = setupPaths(folders);
  const { overriding, problems } = found.helperFolders;
  const [unreadable] = problems;
  if (unreadable !== undefined)
    return problem(`podman cannot read its configuration: ${unreadable}`, 'mend that file');
  const isSetUp =
    (await host.readText(dropIn))?.startsWith(dropInMark) === true &&
    (await host.stat(helpers)) !== undefined;
  if (!isSetUp)
    return usesVirtiofs(found)
      ? problem('not set up: FreeBSD machines get no folders of this host', 'podbsd setup-podman')
      : warning('not set up: consoles of machines are not kept', 'podbsd setup-podman');
  if (overriding.length > 0)
    return problem(
      `${overriding.join(' and ')} sets helper_binaries_dir after podbsd does`,
      `add ${helpers} as the first folder there`,
    );
  const old = await outdated(host, folders, found);
  if (old.length > 0)
    return problem(
      `not as this podbsd and podman's configuration want it: ${old.join(', ')}`,
      'podbsd setup-podman',
    );
  return ok(helpers);
}

function judgeEnvironment(env: NodeJS.ProcessEnv): Verdict {
  const [first, ...more] = environmentWarnings(env);
  if (first === undefined) return ok("nothing that podman would take instead of podbsd's settings");
  const names = ['CONTAINERS_HELPER_BINARY_DIR', 'CONTAINERS_CONF', 'CONTAINERS_CONF_OVERRIDE'];
  const set = names.filter((name) => (env[name] ?? '') !== '');
  return warning([first, ...more].join('; '), `unset ${set.join(' ')}`);
}
