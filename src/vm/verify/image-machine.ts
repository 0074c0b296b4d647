import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import { ExitCode, PodbsdError, messageOf } from '../../ground/errors.ts';
import { detectDiskFormat, FORMAT_MAGIC_BYTES } from '../../disk/format.ts';
import { failedBy } from '../../host/command-error.ts';
import type { Host } from '../../host/host.ts';
import { findAccelerator } from '../accelerator.ts';
import { qemuProgram, type Architecture } from '../architecture.ts';
import { findArm64Firmware } from '../firmware.ts';
import { ignitionConfig, type IgnitionEra } from '../ignition-config.ts';
import type { MachineFolder } from '../machine-folder.ts';
import type { ThrowawayParts } from '../throwaway-machine.ts';
import type { GuestContract } from './guest.ts';

/** podman grows every machine's disk to this size unless told otherwise. */
const PODMAN_DISK_GIB = 100;

export interface ImageMachineOptions {
  readonly image: string;
  readonly architecture: Architecture;
  readonly era: IgnitionEra;
}

/** The machine that podman would make of this image, on an overlay: the image itself is only read. */
export async function imageMachine(
  host: Host,
  folder: MachineFolder,
  contract: GuestContract,
  { image, architecture, era }: ImageMachineOptions,
): Promise<ThrowawayParts> {
  const podman4 = era === '4.3';
  for (const program of ['qemu-img', qemuProgram(architecture)]) await expectProgram(host, program);
  const firmware = architecture === 'arm64' ? { firmware: await findArm64Firmware(host) } : {};
  return {
    ...firmware,
    style: podman4 ? 'podman-4' : 'podman-5',
    architecture,
    accelerator: await findAccelerator(host, architecture),
    memoryMiB: 2048,
    cpus: 1,
    sharedMemory: process.platform === 'linux',
    boot: { kind: 'disk', path: await makeOverlay(host, folder, image) },
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

/** A check that fails says something about the image; a host without QEMU says nothing about it. */
async function expectProgram(host: Host, program: string): Promise<void> {
  try {
    await host.run([program, '--version'], { readOnly: true });
  } catch (error) {
    if (!failedBy(error, 'no-program')) throw error;
    throw new PodbsdError({
      doing: 'verifying an image',
      problem: `the program ${program} is not installed`,
      remedy: 'install QEMU: Debian and Ubuntu qemu-system and qemu-utils, Fedora, FreeBSD and Homebrew qemu',
      exitCode: ExitCode.host,
      cause: error,
    });
  }
}

async function makeOverlay(host: Host, folder: MachineFolder, image: string): Promise<string> {
  const path = resolve(image);
  const format = await formatOf(path);
  const overlay = folder.file('disk.qcow2');
  await host.run(['qemu-img', 'create', '-q', '-f', 'qcow2', '-b', path, '-F', format, overlay]);
  const { stdout } = await host.run(['qemu-img', 'info', '--output=json', overlay]);
  const { 'virtual-size': size } = JSON.parse(stdout) as { 'virtual-size': number };
  if (size < PODMAN_DISK_GIB * 1024 ** 3)
    await host.run(['qemu-img', 'resize', '-q', overlay, `${PODMAN_DISK_GIB}G`]);
  return overlay;
}

async function formatOf(image: string): Promise<'raw' | 'qcow2' | 'vhdx'> {
  const format = detectDiskFormat(await firstBytes(image));
  if (format === 'raw' || format === 'qcow2' || format === 'vhdx') return format;
  throw new PodbsdError({
    doing: `verifying ${image}`,
    problem: `the image is compressed (${format})`,
    remedy: `decompress it first, for example: ${format} --decompress --keep ${image}`,
    exitCode: ExitCode.data,
  });
}

async function firstBytes(image: string): Promise<Buffer> {
  try {
    const file = await open(image);
    try {
      const { buffer, bytesRead } = await file.read(
        Buffer.alloc(FORMAT_MAGIC_BYTES),
        0,
        FORMAT_MAGIC_BYTES,
        0,
      );
      return buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw new PodbsdError({
      doing: `verifying ${image}`,
      problem: messageOf(error),
      remedy: 'name a disk image: raw, qcow2 or vhdx',
      exitCode: ExitCode.data,
      cause: error,
    });
  }
}
