import { chmod, copyFile, cp, mkdir, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { packageRoot } from '../../../src/ground/assets.ts';
import { cachePath, cachedFolder } from '../../support/cache.ts';
import { ownLoaderArgv } from '../../support/own-loader.ts';
import { trixiePackages } from '../../support/trixie.ts';
import { packCpio } from '../cpio.ts';
import { debianKernel } from '../kernel.ts';
import { installModules } from '../modules.ts';

const SECTOR = 512;
const MIB = 1024 * 1024;
const BOOT_MIB = 32;
/** Type of a GPT partition with a UFS file system; a disk that has one counts as FreeBSD's. */
const FREEBSD_UFS = '516e7cb6-6ecf-11d6-8ff8-00022d09712b';
/** Raise when what lies in the cache is no longer what this file would put there. */
const VERSION = 2;

const OPTIONS = 'console=ttyS0 quiet panic=1 net.ifnames=0';

/**
 * Makes a raw disk image that a PC's BIOS boots, as podman boots a machine's disk, and whose root is a copy of this tree:
 * GPT, a FAT partition with SYSLINUX, kernel and a small initramfs, and an ext4 file system in a partition that is
 * marked as FreeBSD's.
 *
 * @param rootMiB size of the root file system.
 */
export async function buildDisk(tree: string, file: string, rootMiB: number): Promise<void> {
  const boot = await cachedFolder(cachePath('standin', `boot-${VERSION}`), makeBootFiles);
  const root = `${file}.root`;
  const rootStart = 1 + BOOT_MIB;
  try {
    await rm(file, { force: true });
    await writeFile(file, '');
    await truncate(file, (rootStart + rootMiB + 1) * MIB);
    await execa('/usr/sbin/sgdisk', [
      ...['--set-alignment=2048', '--new=1:1M:+32M', '--typecode=1:0700', '--attributes=1:set:2'],
      ...[
        `--new=2:${rootStart}M:+${rootMiB}M`,
        `--typecode=2:${FREEBSD_UFS}`,
        '--change-name=2:rootfs',
        file,
      ],
    ]);
    await execa('/usr/sbin/mke2fs', [
      '-q',
      '-t',
      'ext4',
      '-E',
      'root_owner=0:0',
      '-d',
      tree,
      root,
      `${rootMiB}M`,
    ]);
    await place(join(boot, 'boot.fat'), file, MIB);
    await place(root, file, rootStart * MIB);
    // The code alone: the partition table behind it is sgdisk's.
    await place(join(boot, 'gptmbr.bin'), file, 0, 440);
  } finally {
    await rm(root, { force: true });
  }
}

/** Copies a file into a disk image; zeros are left out, so that the image stays sparse. */
async function place(from: string, disk: string, offset: number, length?: number): Promise<void> {
  await execa('dd', [
    ...[`if=${from}`, `of=${disk}`, 'conv=notrunc,sparse', `bs=${length ?? 64 * 1024}`],
    ...(length === undefined ? [] : ['count=1']),
    ...[`seek=${offset}`, 'oflag=seek_bytes', 'status=none'],
  ]);
}

async function makeBootFiles(folder: string): Promise<void> {
  const syslinux = await trixiePackages(['syslinux', 'syslinux-common', 'libc6']);
  await copyFile(join(syslinux, 'usr/lib/syslinux/mbr/gptmbr.bin'), join(folder, 'gptmbr.bin'));
  const fat = join(folder, 'boot.fat');
  const initrd = join(folder, 'initrd');
  const configuration = join(folder, 'syslinux.cfg');
  await makeInitrd(folder, initrd);
  await writeFile(
    configuration,
    `DEFAULT standin\nPROMPT 0\nTIMEOUT 0\nLABEL standin\n  KERNEL /vmlinuz\n  INITRD /initrd\n  APPEND ${OPTIONS}\n`,
  );
  await writeFile(fat, '');
  await truncate(fat, BOOT_MIB * MIB);
  const geometry = ['-T', String((BOOT_MIB * MIB) / SECTOR), '-h', '64', '-s', '32', '-H', '2048'];
  await execa('mformat', ['-i', fat, ...geometry, '::']);
  const { kernel } = await debianKernel();
  await execa('mcopy', ['-i', fat, kernel, '::vmlinuz']);
  await execa('mcopy', ['-i', fat, initrd, configuration, '::']);
  const [loader, ...program] = ownLoaderArgv(syslinux, 'usr/bin/syslinux');
  await execa(loader, [...program, '--install', fat]);
}

/** Loads the drivers of disk and file system, and hands over to the root on the disk. */
async function makeInitrd(folder: string, initrd: string): Promise<void> {
  const tree = join(folder, 'initrd.tree');
  const debian = await trixiePackages(['busybox-static']);
  for (const name of ['bin', 'dev', 'proc', 'newroot']) await mkdir(join(tree, name), { recursive: true });
  await cp(join(debian, 'usr/bin/busybox'), join(tree, 'bin/busybox'));
  await symlink('/bin/busybox', join(tree, 'bin/sh'));
  await copyFile(join(packageRoot, 'test/standin/bake/disk-init.sh'), join(tree, 'init'));
  await chmod(join(tree, 'init'), 0o755);
  await installModules(await debianKernel(), join(tree, 'modules'), {
    boot: ['virtio_blk', 'crc32c_generic', 'ext4'],
  });
  await packCpio(tree, initrd);
  await rm(tree, { recursive: true });
}
