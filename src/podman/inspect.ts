import { basename, dirname, join } from 'node:path';
import { hostFamily, readOsRelease } from '../ground/distribution.ts';
import type { Family, Part } from '../ground/packages.ts';
import type { Host } from '../host/host.ts';
import { findAccelerator, runsMachine } from '../vm/accelerator.ts';
import { hostArchitecture, type Architecture } from '../vm/architecture.ts';
import { findQemu } from '../vm/find-qemu.ts';
import { besidePodman, expandBinDir } from './bin-dir.ts';
import { confFiles } from './conf-files.ts';
import {
  defaultHelperFolders,
  macosHelperFolders,
  readEngineSettings,
  type EngineSettings,
} from './containers-conf.ts';
import { findPerl } from './apple/network.ts';
import { findFirmware, qemuFolders } from './apple/qemu-parts.ts';
import { HELPER_VARIABLE } from './drop-in.ts';
import { findIn } from '../ground/find-program.ts';
import { hasArmFirmware } from './linux/firmware.ts';
import { opens } from './linux/kvm.ts';
import { findVirtiofsd } from './linux/real-virtiofsd.ts';
import { output, podmanVersion, qemuVersion } from './program-version.ts';
import { setupPaths, type UserFolders } from './user-folders.ts';
import type { PodmanVersion } from './version.ts';

/** Where distributions put gvproxy: some where podman looks, some (Debian 13) where it does not. */
export const gvproxyFolders = [
  '/usr/libexec/podman',
  '/usr/lib/podman',
  '/usr/local/libexec/podman',
  '/usr/local/bin',
  '/usr/bin',
];

/** What this host has of what a FreeBSD machine needs. */
export interface Inspection {
  readonly system: NodeJS.Platform;
  readonly architecture: Architecture;
  /** The text of os-release(5). */
  readonly osRelease: string;
  readonly family: Family | undefined;
  readonly podman: { readonly path: string; readonly version: PodmanVersion | undefined } | undefined;
  readonly qemu:
    | { readonly path: string; readonly version: readonly [major: number, minor: number] | undefined }
    | undefined;
  readonly qemuImg: string | undefined;
  readonly gvproxy: { readonly path: string; readonly version: string | undefined } | undefined;
  readonly virtiofsd: string | undefined;
  readonly firmware: boolean;
  /** Opens the network of machines on macOS. */
  readonly perl: string | undefined;
  /** A machine was run with KVM. */
  readonly kvm: boolean;
  /** /dev/kvm opens, and yet no machine runs with it. */
  readonly kvmBroken: boolean;
  /** The group whose members may open /dev/kvm; undefined when there is none of a name. */
  readonly kvmGroup: string | undefined;
  readonly engine: EngineSettings;
  /** Existing or not, the folders in which podman looks for helpers without podbsd, as far as podbsd can know. */
  readonly searched: readonly string[];
}

/** Parts without which no machine starts, in the order in which they are met. */
export function missingParts(found: Inspection): Part[] {
  return [
    ...(found.podman === undefined ? ['podman' as const] : []),
    ...(found.qemu === undefined ? [`qemu-${found.architecture}` as const] : []),
    ...(found.qemuImg === undefined ? ['qemu-img' as const] : []),
    ...(found.gvproxy === undefined ? ['gvproxy' as const] : []),
    ...(found.firmware ? [] : ['firmware' as const]),
  ];
}

/** The name of a part for people: QEMU is one program, whatever it emulates. */
export function partName(part: Part): string {
  return part.replace(/^qemu-(amd64|arm64)$/, 'qemu');
}

export interface InspectOptions {
  readonly folders: UserFolders;
  readonly env: NodeJS.ProcessEnv;
  /** Folders of the system's own configuration of podman. */
  readonly systemRoots?: readonly string[];
  readonly system?: NodeJS.Platform;
}

/** Looks at everything and changes nothing. */
export async function inspectHost(
  host: Host,
  { folders, env, systemRoots, system = process.platform }: InspectOptions,
): Promise<Inspection> {
  const architecture = hostArchitecture() ?? 'amd64';
  const { dropIn, helpers } = setupPaths(folders);
  const isMac = system === 'darwin';
  // Podman's installer, Homebrew and MacPorts put their folders into PATH in ways that not every shell follows.
  const path = [
    ...(env['PATH'] ?? '').split(':'),
    ...(isMac ? ['/opt/podman/bin', ...qemuFolders] : []),
  ].filter((folder) => folder !== helpers);

  const podman = findIn(path, 'podman');
  const version = podman === undefined ? undefined : await podmanVersion(host, podman);
  const roots = {
    system: systemRoots ?? ['/usr/share/containers', '/etc/containers'],
    user: join(folders.config, 'containers'),
    uid: process.getuid?.() ?? 0,
  };
  const files = confFiles(roots, dropIn, version?.major ?? 5);
  const engine = readEngineSettings(files, dropIn, isMac ? macosHelperFolders : defaultHelperFolders);
  const listed = expandBinDir([...engine.folders], podman).filter((folder) => folder !== helpers);
  // podman looks into the folder that the environment names before all others.
  const named = [env[HELPER_VARIABLE] ?? ''].filter((folder) => folder !== '' && folder !== helpers);
  const searched = [...named, ...listed];

  // In the order in which podman, and podbsd's script in its place, look for it.
  const ownQemu = isMac ? (env['PODBSD_QEMU'] ?? '') : '';
  const qemu =
    ownQemu === ''
      ? findQemu(architecture, [...searched, ...path])
      : findIn([dirname(ownQemu)], basename(ownQemu));
  const osRelease = readOsRelease();
  const accelerator = qemu === undefined ? 'tcg' : await findAccelerator(architecture, qemu);
  return {
    system,
    architecture,
    osRelease,
    family: hostFamily(system, env['PATH'], osRelease),
    podman: podman === undefined ? undefined : { path: podman, version },
    qemu: qemu === undefined ? undefined : { path: qemu, version: await qemuVersion(host, qemu) },
    qemuImg: findIn([...searched, ...path], 'qemu-img'),
    gvproxy: await findGvproxy(host, [...searched, ...path, ...gvproxyFolders, ...besidePodman(podman)]),
    virtiofsd: findVirtiofsd(searched, helpers, path.join(':')),
    firmware:
      architecture === 'amd64' ||
      (isMac ? qemu !== undefined && findFirmware(qemu) !== undefined : hasArmFirmware()),
    perl: isMac ? findPerl({ PATH: path.join(':') }) : undefined,
    kvm: accelerator === 'kvm',
    // A QEMU that cannot run the trial at all says nothing about KVM.
    kvmBroken:
      qemu !== undefined &&
      accelerator !== 'kvm' &&
      opens('/dev/kvm') &&
      (await runsMachine(architecture, 'tcg', qemu)),
    kvmGroup: await kvmGroup(host),
    engine,
    searched: listed,
  };
}

async function findGvproxy(host: Host, folders: readonly string[]): Promise<Inspection['gvproxy']> {
  const path = findIn(folders, 'gvproxy');
  if (path === undefined) return undefined;
  return { path, version: /version v?(\d[\d.]*)/.exec(await output(host, path))?.[1] };
}

/** The name of the group that owns the device and may read and write it. */
async function kvmGroup(host: Host): Promise<string | undefined> {
  const device = await host.stat('/dev/kvm');
  if (device === undefined || (device.mode & 0o060) !== 0o060 || device.gid === 0) return undefined;
  return (await output(host, 'getent', 'group', String(device.gid))).split(':')[0] || undefined;
}
