import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { installCommand, packageOf, unpackaged } from './distribution.ts';
import { findIn } from './find-program.ts';
import { missingParts, type Inspection } from './inspect.ts';
import { neededQemu, shareTransport } from './version.ts';

/** Everything about this host that does not stop FreeBSD machines but that the user should know. */
export function warnings(found: Inspection, env: NodeJS.ProcessEnv): string[] {
  return [
    ...versionWarnings(found),
    ...environmentWarnings(env),
    ...found.helperFolders.problems.map((problem) => `podman's configuration cannot be read: ${problem}`),
    ...found.helperFolders.overriding.map(
      (file) =>
        `${file} sets helper_binaries_dir after podbsd's drop-in: podbsd's helpers are not found until it names them`,
    ),
    ...missingParts(found).flatMap((part) => unpackaged(part, found.osRelease) ?? []),
    ...(found.kvm ? [] : [kvmWarning(found)]),
    ...(found.virtiofsd === undefined && usesVirtiofs(found)
      ? ['virtiofsd is not installed: only Linux machines with volumes need it']
      : []),
  ];
}

/** The command that installs what is missing; undefined for a distribution that is not known or nothing missing. */
export function installAdvice(found: Inspection): string | undefined {
  const { family, architecture } = found;
  const parts = missingParts(found).filter((part) => unpackaged(part, found.osRelease) === undefined);
  if (family === undefined || parts.length === 0) return undefined;
  return installCommand(
    family,
    parts.map((part) => packageOf(part, family, architecture)),
  );
}

/** Whether this podman shares folders by virtio-fs. */
export function usesVirtiofs({ podman }: Inspection): boolean {
  return podman?.version !== undefined && shareTransport(podman.version) === 'virtiofs';
}

/** Versions of podman and QEMU that FreeBSD machines do not work with. */
export function versionWarnings({ podman, qemu }: Inspection): string[] {
  const version = podman?.version;
  if (podman === undefined) return [];
  if (version === undefined) return [`${podman.path} does not say its version`];
  if (version.major < 4)
    return [`podman ${version.text} is too old: machines with FreeBSD need 4.3 or later`];
  const [major, minor] = neededQemu(version);
  const has = qemu?.version;
  const old = has !== undefined && (has[0] < major || (has[0] === major && has[1] < minor));
  return old
    ? [`QEMU ${has.join('.')} is too old: podman ${version.text} needs ${major}.${minor} or later`]
    : [];
}

/** Variables that keep podman from what podbsd has set up. */
export function environmentWarnings(env: NodeJS.ProcessEnv): string[] {
  const folder = env['CONTAINERS_HELPER_BINARY_DIR'] ?? '';
  const isOwn = existsSync(join(folder, 'lib', 'podman-helper.mjs'));
  const found = ['qemu-system-x86_64', 'qemu-system-aarch64', 'virtiofsd'].filter(
    (name) => !isOwn && findIn([folder], name),
  );
  return [
    ...(folder !== '' && found.length > 0
      ? [
          `CONTAINERS_HELPER_BINARY_DIR is set, and podman takes ${found.join(' and ')} from ${folder} instead of podbsd's`,
        ]
      : []),
    ...['CONTAINERS_CONF', 'CONTAINERS_CONF_OVERRIDE']
      .filter((name) => (env[name] ?? '') !== '')
      .map((name) => `${name} is set: the file that it names may hide podbsd's drop-in from podman`),
  ];
}

/** Why KVM cannot be used, and after a colon what to do. */
export function kvmWarning({ kvmBroken }: Inspection): string {
  if (kvmBroken) {
    return 'KVM is there, but no machine runs with it, so FreeBSD machines are emulated and slow; when that is mended, run podbsd setup-podman again';
  }
  if (!existsSync('/dev/kvm')) {
    return 'KVM is not there, so machines are emulated and slow: switch virtualization on in the firmware (or, in a virtual machine, nested virtualization)';
  }
  return 'KVM cannot be used, so machines are emulated and slow: sudo usermod -aG kvm "$USER", then log in again';
}
