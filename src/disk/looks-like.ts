/** Kinds of files that people mistake for disks, by the bytes at an offset. */
const magics: readonly (readonly [what: string, at: number, magic: string])[] = [
  ['an ISO image, a medium to install from', 0x8001, 'CD001'],
  ['an ISO image (UDF), a medium to install from', 0x8001, 'BEA01'],
  ['a tar archive; unpack it and name the disk in it', 257, 'ustar'],
  ['a zip archive; unpack it and name the disk in it', 0, 'PK\x03\x04'],
  ['a 7z archive; unpack it and name the disk in it', 0, '7z\xbc\xaf\x27\x1c'],
  ['a rar archive; unpack it and name the disk in it', 0, 'Rar!\x1a\x07'],
  ['packed with lz4; unpack it and name the result', 0, '\x04\x22\x4d\x18'],
  ['packed with lzip; unpack it and name the result', 0, 'LZIP'],
  ['packed with compress; unpack it and name the result', 0, '\x1f\x9d'],
  ['a cpio archive', 0, '070701'],
  ['a Linux kernel', 0x202, 'HdrS'],
  ['a program (ELF)', 0, '\x7fELF'],
  ['a program for Windows or UEFI', 0, 'MZ'],
  ['an encrypted volume (LUKS)', 0, 'LUKS\xba\xbe'],
  ['a squashfs file system', 0, 'hsqs'],
  ['an ext file system without a partition table', 0x438, '\x53\xef'],
  ['a UFS file system without a partition table', 65536 + 1372, '\x19\x01\x54\x19'],
  ['a UFS file system without a partition table', 8192 + 1372, '\x54\x19\x01\0'],
  ['a FAT file system without a partition table', 54, 'FAT1'],
  ['a FAT file system without a partition table', 82, 'FAT32'],
  ['an NTFS file system without a partition table', 3, 'NTFS    '],
  ['a qcow image of version 1; convert it with qemu-img convert -O qcow2', 0, 'QFI\xfb\0\0\0\x01'],
  ['a QED image; convert it with qemu-img convert -O qcow2', 0, 'QED\0'],
  ['a Parallels image; convert it with qemu-img convert -O qcow2', 0, 'WithoutFreeSpace'],
  ['a Parallels image; convert it with qemu-img convert -O qcow2', 0, 'WithouFreSpacExt'],
  ['a PDF document', 0, '%PDF'],
  ['a PNG image', 0, '\x89PNG'],
  ['a JPEG image', 0, '\xff\xd8\xff'],
];

/**
 * What a file that is not a disk image looks like, by its first 128 KiB, as the end of a sentence "it is ...".
 * Undefined when it is unknown.
 */
export function looksLike(head: Buffer): string | undefined {
  if (head.length === 0) return 'empty';
  const found = magics.find(([, at, magic]) => head.toString('latin1', at, at + magic.length) === magic);
  if (found !== undefined) return found[0];
  // The first label of a pool's member begins with its description.
  if (head.includes('pool_guid', 16 * 1024) && head.indexOf('pool_guid', 16 * 1024) < 32 * 1024)
    return 'a ZFS pool without a partition table';
  if (head.every((byte) => byte === 0)) return 'nothing but zeros, as far as it was read';
  return isText(head) ? textKind(head.toString('utf8')) : undefined;
}

function textKind(text: string): string {
  const start = text.trimStart().slice(0, 200);
  if (/^<(!doctype html|html|\?xml[^>]*>\s*<(!doctype )?html)/i.test(start))
    return 'a web page (HTML), perhaps an error page that a server sent instead of the image';
  if (start.startsWith('version https://git-lfs.'))
    return 'a pointer of Git LFS; fetch the file with git lfs pull';
  if (start.startsWith('#!')) return 'a script';
  return start.startsWith('{') || start.startsWith('[') ? 'a text file (JSON)' : 'a text file';
}

/** Tab, newline, form feed, carriage return, and the escape of a terminal's colours. */
const controlsInText: readonly number[] = [9, 10, 12, 13, 27];

/** UTF-8 without control characters, as far as is looked at; the last character may be cut off. */
function isText(head: Buffer): boolean {
  const start = head.subarray(0, 4096);
  if (start.some((byte) => byte < 32 && !controlsInText.includes(byte))) return false;
  return !new TextDecoder('utf-8').decode(start, { stream: true }).includes('\ufffd');
}
