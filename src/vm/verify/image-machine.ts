import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { diskInImage, expectImage } from '../../disk/open-image.ts';
import { qemuImg, virtualSize } from '../../disk/qemu-img.ts';
import { qemuDriver, qemuName } from '../../disk/qemu-name.ts';
import { lackOfUnpacker } from '../../disk/unpack.ts';
import { requireAll } from '../../ground/lack/lack.ts';
import { lackOfProgram } from '../../ground/lack/program.ts';
import { lackOfWriting } from '../../ground/lack/writing.ts';
import { GIB } from '../../ground/sizes.ts';
import { findAccelerator } from '../accelerator.ts';
import type { Architecture } from '../architecture.ts';
import { findArm64Firmware } from '../firmware.ts';
import { ignitionConfig, type IgnitionEra } from '../ignition-config.ts';
import type { MachineFolder } from '../machine-folder.ts';
import { qemuLacks } from '../qemu-lacks.ts';
import type { ThrowawayParts } from '../throwaway-machine.ts';
import type { GuestContract } from './guest.ts';

/** podman grows every machine's disk to this size unless told otherwise. */
const PODMAN_DISK_GIB = 100;

export interface ImageMachineOptions {
  readonly image: string;
  readonly architecture: Architecture;
  readonly era: IgnitionEra;
  /** Containers are run in it: with one processor `podman exec` loses output. */
  readonly containers?: boolean | undefined;
}

/** The machine that podman would make of this image, on an overlay: the image itself is only read. */
export async function imageMachine(
  folder: MachineFolder,
  contract: GuestContract,
  { image, architecture, era, containers }: ImageMachineOptions,
): Promise<ThrowawayParts> {
  const podman4 = era === '4.3';
  const firmware = architecture === 'arm64' ? { firmware: await findArm64Firmware() } : {};
  return {
    ...firmware,
    style: podman4 ? 'podman-4' : 'podman-5',
    architecture,
    accelerator: await findAccelerator(architecture),
    memoryMiB: 2048,
    cpus: containers === true ? 2 : 1,
    sharedMemory: process.platform === 'linux',
    boot: { kind: 'disk', path: await makeOverlay(folder, image) },
    shares: contract.volumes,
    shareTransport: podman4 ? 'virtfs' : 'virtio-9p',
    // podman 4.3's default, mapped-xattr, needs a file system with extended attributes; 4.4 and later say none.
    securityModel: 'none',
    ignition: ignitionConfig({
      era,
      user: contract.user,
      uid: contract.uid,
      publicKey: contract.key.publicKey,
      rootful: true,
      timezone: contract.timezone ?? 'UTC',
      volumes: contract.volumes,
    }),
  };
}

/**
 * A check that fails says something about the image; a host that cannot run machines says nothing about it, and is
 * refused before anything is made.
 * @throws PodbsdError that names everything that is missing, or says that the file is no image.
 */
export async function expectVerifiable({ image, architecture }: ImageMachineOptions): Promise<void> {
  await expectImage(image, true);
  requireAll('verifying an image', [
    ...(await qemuLacks(architecture)),
    lackOfProgram('qemu-img'),
    await lackOfUnpacker(image),
    await lackOfWriting(tmpdir()),
  ]);
}

/** The image is the backing file; a packed one is unpacked into the machine's own folder. */
async function makeOverlay(folder: MachineFolder, image: string): Promise<string> {
  const disk = await diskInImage(resolve(image), { scratch: folder.path, freebsd: true });
  const overlay = folder.file('disk.qcow2');
  const size = Math.max(await virtualSize(disk), PODMAN_DISK_GIB * GIB);
  const below = ['-b', qemuName(disk), '-F', qemuDriver(disk.format)];
  await qemuImg(['create', '-q', '-f', 'qcow2', ...below, overlay, String(size)]);
  return overlay;
}
