import { resolve } from 'node:path';
import type { DiskFormat } from './identify.ts';

/** QEMU's name of the driver for a format. */
export function qemuDriver(format: DiskFormat): string {
  return format === 'vhd' ? 'vpc' : format;
}

/**
 * How a disk image in a known format is named to QEMU's programs. The format is always given: they would guess it
 * otherwise, and what a guest wrote to a raw disk must not decide what is opened. As JSON no character of a path means
 * anything.
 *
 * Where the geometry in a VHD and its size disagree QEMU goes by the geometry, unless it was told otherwise; FreeBSD's
 * mkimg(1) writes such files, of which the end would be lost.
 */
export function qemuName(disk: { readonly path: string; readonly format: DiskFormat }): string {
  return `json:${JSON.stringify(qemuNode(disk))}`;
}

/** The same as a block node, to be a part of another one. */
export function qemuNode({
  path,
  format,
}: {
  readonly path: string;
  readonly format: DiskFormat;
}): Readonly<Record<string, unknown>> {
  const size = format === 'vhd' ? { force_size_calc: 'current_size' } : {};
  const file = { driver: 'file', filename: resolve(path) };
  return { driver: qemuDriver(format), ...size, file };
}
