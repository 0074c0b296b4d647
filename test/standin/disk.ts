import { chmod, cp, mkdir, open, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { packageRoot } from '../../src/ground/assets.ts';
import { ownLoaderArgv } from '../support/own-loader.ts';
import { trixiePackages } from '../support/trixie.ts';
import { baseTree } from './base.ts';
import { packCpio } from './cpio.ts';
import { installGuestFiles } from './guest-files.ts';
import { KERNEL_OPTIONS } from './initramfs.ts';
import { debianKernel } from './kernel.ts';

const MIB = 1024 * 1024;
/** Boot loader, kernel and a small initramfs; a FAT file system that the BIOS boots. */
const BOOT = { startMiB: 1, sizeMiB: 48 };
/** The root file system, where a FreeBSD image has UFS. */
const ROOT = { startMiB: BOOT.startMiB + BOOT.sizeMiB, sizeMiB: 256 };
const DISK_MIB = ROOT.startMiB + ROOT.sizeMiB + 1;

/** A change to the guest's files before they are packed: how tests break things. */
export type ChangeGuest = (root: string) => Promise<void>;

/**
 * Packs the stand-in guest as a raw disk image that boots by BIOS and whose partition table is that of a FreeBSD disk.
 *
 * @param folder gets the image `disk.raw` and what it is made from.
 */
export async function buildDisk(
  folder: string,
  change: ChangeGuest = async () => undefined,
): Promise<string> {
  const root = join(folder, 'root');
  await cp(await baseTree(), root, { recursive: true, verbatimSymlinks: true });
  const scratch = join(folder, 'scratch');
  await mkdir(scratch);
  await installGuestFiles(root, scratch);
  await change(root);

  const image = join(folder, 'disk.raw');
  await writeFile(image, '');
  await truncate(image, DISK_MIB * MIB);
  await partition(image);
  await makeBootFileSystem(image, folder);
  await makeRootFileSystem(image, root, folder);
  return image;
}

async function partition(image: string): Promise<void> {
  const end = (part: typeof BOOT): string => `${part.startMiB + part.sizeMiB}M`;
  const boot = [
    '-n',
    `1:${BOOT.startMiB}M:+${BOOT.sizeMiB}M`,
    '-t',
    '1:ef00',
    '-A',
    '1:set:2',
    '-c',
    '1:standin-boot',
  ];
  const rootPart = ['-n', `2:${end(BOOT)}:+${ROOT.sizeMiB}M`, '-t', '2:a503', '-c', '2:rootfs'];
  await execa('sgdisk', ['--clear', ...boot, ...rootPart, image]);
}

async function makeBootFileSystem(image: string, folder: string): Promise<void> {
  const { kernel } = await debianKernel();
  const initrd = await smallInitramfs(folder);
  const offset = BOOT.startMiB * MIB;
  const drive = `${image}@@${offset}`;
  await execa('mformat', [
    '-i',
    drive,
    '-T',
    String((BOOT.sizeMiB * MIB) / 512),
    '-h',
    '64',
    '-s',
    '32',
    '::',
  ]);
  const menu = join(folder, 'syslinux.cfg');
  await writeFile(
    menu,
    `DEFAULT standin\nLABEL standin\n LINUX /vmlinuz\n INITRD /initrd\n APPEND ${KERNEL_OPTIONS}\n`,
  );
  await execa('mcopy', ['-i', drive, kernel, '::vmlinuz']);
  await execa('mcopy', ['-i', drive, initrd, '::initrd']);
  await execa('mcopy', ['-i', drive, menu, '::syslinux.cfg']);

  const syslinux = await trixiePackages(['syslinux', 'syslinux-common', 'libc6']);
  const [program, ...prefix] = ownLoaderArgv(syslinux, 'usr/bin/syslinux');
  await execa(program, [...prefix, '--offset', String(offset), '--install', image]);
  // The first 440 bytes start the partition that is marked bootable, as FreeBSD's pmbr starts freebsd-boot.
  await writeAt(image, 0, await readFile(join(syslinux, 'usr/lib/syslinux/mbr/gptmbr.bin')));
}

async function makeRootFileSystem(image: string, root: string, folder: string): Promise<void> {
  const file = join(folder, 'rootfs');
  await writeFile(file, '');
  await truncate(file, ROOT.sizeMiB * MIB);
  // All files belong to root in the guest, whoever builds the image.
  const asRoot = process.getuid?.() === 0 ? ['env'] : ['unshare', '--map-root-user', '--'];
  const [program, ...args] = [...asRoot, 'mke2fs', '-q', '-t', 'ext4', '-m', '0', '-d', root, file] as const;
  await execa(program, args, { env: { PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` } });
  await execa('dd', [
    `if=${file}`,
    `of=${image}`,
    'bs=1M',
    `seek=${ROOT.startMiB}`,
    'conv=notrunc,sparse',
    'status=none',
  ]);
}

/** Only what it takes to mount the root file system. */
async function smallInitramfs(folder: string): Promise<string> {
  const base = await baseTree();
  const tree = join(folder, 'small');
  await mkdir(join(tree, 'bin'), { recursive: true });
  await cp(join(base, 'libexec/standin/busybox'), join(tree, 'bin/busybox'));
  await cp(join(base, 'libexec/standin/modules'), join(tree, 'modules'), { recursive: true });
  await cp(join(packageRoot, 'test/standin/disk-init'), join(tree, 'init'));
  await chmod(join(tree, 'init'), 0o755);
  const packed = join(folder, 'small.cpio');
  await packCpio(tree, packed);
  return packed;
}

async function writeAt(path: string, position: number, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.write(bytes, 0, Math.min(bytes.length, 440), position);
  } finally {
    await file.close();
  }
}
