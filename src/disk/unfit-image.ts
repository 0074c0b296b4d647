import { ExitCode, PodbsdError } from '../ground/errors.ts';
import type { FileKind } from './identify.ts';
import { describeKind } from './open-disk.ts';

/**
 * The error for a file that is no disk image.
 *
 * @param before where that was seen, when it was not at first sight: `unpacked (xz) `.
 */
export function noDisk(image: string, kind: FileKind, before = ''): PodbsdError {
  return new PodbsdError({
    doing: `reading the image ${image}`,
    problem: `it is not a disk image: ${before}it is ${describeKind(kind)}`,
    remedy:
      'name a disk image: raw, qcow2, vmdk, vhd, vhdx or vdi, as it is or packed with xz, zstd, gzip or bzip2',
    exitCode: ExitCode.data,
  });
}

/** The error for a disk of another system, which no machine of podbsd's can boot. */
export function noFreebsd(image: string): PodbsdError {
  return new PodbsdError({
    doing: `reading the image ${image}`,
    problem: 'it is not a disk of FreeBSD: none of its partitions is of a type that FreeBSD has',
    remedy: 'name a FreeBSD image: one of podbsd image list, or the folder that build-image has written',
    exitCode: ExitCode.data,
  });
}

/** The error for an image that the system, or QEMU, cannot read. */
export function unreadable(image: string, problem: string, cause: unknown): PodbsdError {
  return new PodbsdError({
    doing: `reading the image ${image}`,
    problem,
    remedy: 'name a disk image',
    exitCode: ExitCode.data,
    cause,
  });
}

/** The error for an image from elsewhere that would bring files of this host into a guest. */
export function notAlone(image: string): PodbsdError {
  return new PodbsdError({
    doing: `reading the image ${image}`,
    problem: 'it keeps a part of its disk in another file, which an image from elsewhere must not do',
    remedy: 'publish a plain one: qemu-img convert -O qcow2 FROM TO',
    exitCode: ExitCode.untrusted,
  });
}
