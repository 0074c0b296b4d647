import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Host } from '../host/host.ts';
import { findAccelerator, runsMachine } from '../vm/accelerator.ts';
import { hostArchitecture, qemuProgram, type Architecture } from '../vm/architecture.ts';
import { confFiles } from './conf-files.ts';
import { readHelperFolders, type HelperFolders } from './containers-conf.ts';
import { distributionFamily, readOsRelease, type Family, type Part } from './distribution.ts';
import { findIn } from './find-program.ts';
import { opens } from './linux/kvm.ts';
import { findVirtiofsd } from './linux/real-virtiofsd.ts';
import { setupPaths, type UserFolders } from './user-folders.ts';
import { parsePodmanVersion, type PodmanVersion } from './version.ts';

/** Where distributions put gvproxy: some where podman looks, some (Debian 13) where it does not. */
export const gvproxyFolders = [
  '/usr/libexec/podman',
  '/usr/lib/podman',
  '/usr/local/libexec/podman',
  '/usr/local/bin',
  '/usr/bin',
];

/** Where podman looks for UEFI on arm64 (pkg/machine/qemu/options_linux_arm64.go). */
const firmwareFolders = ['/usr/share/qemu-efi-aarch64', '/usr/share/edk2/aarch64'];

/** What there is on this host of what a FreeBSD machine needs. */
export interface Inspection {
  readonly architecture: Architecture;
  /** The text of os-release(5). */
  readonly osRelease: string;
  readonly family: Family | undefined;
  readonly podman: { readonly path: string; readonly version: PodmanVersion | undefined } | undefined;
  readonly qemu:
    | { readonly path: string; readonly version: readonly [major: number, minor: number] | undefined }
    | undefined;
  readonly qemuImg: string | undefined;
  readonly gvproxy: string | undefined;
  readonly virtiofsd: string | undefined;
  readonly firmware: boolean;
  /** A machine was run with KVM. */
  readonly kvm: boolean;
  /** /dev/kvm opens, and yet no machine runs with it. */
  readonly kvmBroken: boolean;
  readonly helperFolders: HelperFolders;
}

/** Parts without which no machine starts, in the order in which they are met. */
export function missingParts(found: Inspection): Part[] {
  return [
    ...(found.podman === undefined ? ['podman' as const] : []),
    ...(found.qemu === undefined ? ['qemu' as const] : []),
    ...(found.qemuImg === undefined ? ['qemu-img' as const] : []),
    ...(found.gvproxy === undefined ? ['gvproxy' as const] : []),
    ...(found.firmware ? [] : ['firmware' as const]),
  ];
}

export interface InspectOptions {
  readonly folders: UserFolders;
  readonly env: NodeJS.ProcessEnv;
  /** Folders of the system's own configuration of podman. */
  readonly systemRoots?: readonly string[];
}

/** Looks at everything and changes nothing. */
export async function inspectHost(
  host: Host,
  { folders, env, systemRoots }: InspectOptions,
): Promise<Inspection> {
  const architecture = hostArchitecture() ?? 'amd64';
  const { dropIn, helpers } = setupPaths(folders);
  const path = (env['PATH'] ?? '').split(':').filter((folder) => folder !== helpers);

  const podman = findIn(path, 'podman');
  const version = podman === undefined ? undefined : await podmanVersion(host, podman);
  const roots = {
    system: systemRoots ?? ['/usr/share/containers', '/etc/containers'],
    user: join(folders.config, 'containers'),
    uid: process.getuid?.() ?? 0,
  };
  const helperFolders = readHelperFolders(confFiles(roots, dropIn, version?.major ?? 5), dropIn);
  // podman looks into the folder that the environment names before all others.
  const named = env['CONTAINERS_HELPER_BINARY_DIR'] ?? '';
  const searched = [named, ...helperFolders.folders].filter((folder) => folder !== '' && folder !== helpers);

  // In the order in which podman, and podbsd's script in its place, look for it.
  const qemu = findQemu([...searched, ...path], architecture);
  const osRelease = readOsRelease();
  const accelerator = qemu === undefined ? 'tcg' : await findAccelerator(host, architecture, qemu);
  return {
    architecture,
    osRelease,
    family: distributionFamily(osRelease),
    podman: podman === undefined ? undefined : { path: podman, version },
    qemu: qemu === undefined ? undefined : { path: qemu, version: await qemuVersion(host, qemu) },
    qemuImg: findIn([...searched, ...path], 'qemu-img'),
    gvproxy: findIn([...searched, ...path, ...gvproxyFolders], 'gvproxy'),
    virtiofsd: findVirtiofsd(searched, helpers, path.join(':')),
    firmware:
      architecture === 'amd64' || firmwareFolders.some((folder) => existsSync(join(folder, 'QEMU_EFI.fd'))),
    kvm: accelerator === 'kvm',
    // A QEMU that cannot run the trial at all says nothing about KVM.
    kvmBroken:
      qemu !== undefined &&
      accelerator !== 'kvm' &&
      opens('/dev/kvm') &&
      (await runsMachine(host, architecture, 'tcg', qemu)),
    helperFolders,
  };
}

/** Red Hat's systems have QEMU under another name only, outside of PATH. */
function findQemu(folders: readonly string[], architecture: Architecture): string | undefined {
  return (
    findIn(folders, qemuProgram(architecture)) ??
    (architecture === hostArchitecture() ? findIn([...folders, '/usr/libexec'], 'qemu-kvm') : undefined)
  );
}

async function podmanVersion(host: Host, path: string): Promise<PodmanVersion | undefined> {
  return parsePodmanVersion(await output(host, path));
}

async function qemuVersion(host: Host, path: string): Promise<readonly [number, number] | undefined> {
  const found = /version (\d+)\.(\d+)/.exec(await output(host, path));
  return found === null ? undefined : [Number(found[1]), Number(found[2])];
}

/** What a program says about itself; nothing when it cannot be run, which then shows as an unknown version. */
async function output(host: Host, path: string): Promise<string> {
  try {
    return (await host.run([path, '--version'], { readOnly: true, timeoutMs: 20_000 })).stdout;
  } catch {
    return '';
  }
}
