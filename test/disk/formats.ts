import { open, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { writeSparse } from './sample-disk.ts';

/** Makes files of one raw disk in all formats in which images are published or kept, with the programs of others. */
export const formats: Readonly<Record<string, (raw: string, folder: string) => Promise<string>>> = {
  raw: (raw) => Promise.resolve(raw),
  qcow2: convert('qcow2'),
  'qcow2, compressed': convert('qcow2', '-c'),
  'qcow2, zstd': convert('qcow2', '-c', '-o', 'compression_type=zstd'),
  'qcow2, extended L2': convert('qcow2', '-o', 'extended_l2=on'),
  'qcow2, external data file': async (raw, folder) => {
    const options = `data_file=${join(folder, 'data')},data_file_raw=on`;
    return await convert('qcow2', '-o', options)(raw, folder);
  },
  'qcow2, backing file': async (raw, folder) => {
    const path = join(folder, 'overlay');
    await execa('qemu-img', ['create', '-q', '-f', 'qcow2', '-b', raw, '-F', 'raw', path]);
    return path;
  },
  vmdk: convert('vmdk'),
  'vmdk, stream optimized': convert('vmdk', '-o', 'subformat=streamOptimized'),
  'vmdk, descriptor': convert('vmdk', '-o', 'subformat=monolithicFlat'),
  'vhd, dynamic': convert('vpc', '-o', 'force_size=on'),
  'vhd, fixed': convert('vpc', '-o', 'subformat=fixed,force_size=on'),
  "vhd as FreeBSD's mkimg makes it": mkimgVhd,
  vhdx: convert('vhdx'),
  vdi: convert('vdi'),
};

export const packers: Readonly<Record<string, (path: string) => Promise<string>>> = {
  xz: pack('xz', 'xz', '-1'),
  zstd: pack('zstd', 'zst'),
  gzip: pack('gzip', 'gz', '-1'),
  bzip2: pack('bzip2', 'bz2'),
};

function convert(format: string, ...args: readonly string[]) {
  return async (raw: string, folder: string): Promise<string> => {
    const path = join(folder, `disk.${format}`);
    await execa('qemu-img', ['convert', ...args, '-f', 'raw', '-O', format, raw, path]);
    return path;
  };
}

function pack(program: string, suffix: string, ...args: readonly string[]) {
  return async (path: string): Promise<string> => {
    await execa(program, ['-q', '-k', ...args, path]);
    return `${path}.${suffix}`;
  };
}

/**
 * The raw disk with a footer behind it (usr.bin/mkimg/vhd.c): created by "mkim", which QEMU does not know, so that it
 * would go by the geometry, and that of another size.
 */
async function mkimgVhd(raw: string, folder: string): Promise<string> {
  const made = await convert('vpc', '-o', 'subformat=fixed,force_size=on')(raw, folder);
  const footer = (await readFile(made)).subarray(-512);
  const { size } = await stat(raw);
  footer.write('*img', 28, 'latin1');
  footer.writeBigUInt64BE(BigInt(size), 40);
  footer.writeBigUInt64BE(BigInt(size), 48);
  footer.writeUInt16BE(1, 56);
  footer.writeUInt32BE(0, 64);
  footer.writeUInt32BE(~footer.reduce((sum, byte) => sum + byte, 0) >>> 0, 64);
  const path = join(folder, 'disk.vhd');
  await writeSparse(path, size + 512, [
    [0, await readFile(raw)],
    [size, footer],
  ]);
  return path;
}

/** The same table as if it counted in sectors of 4096 bytes; its checksums do not fit any more. */
export async function with4096ByteSectors(raw: string): Promise<string> {
  const bytes = await readFile(raw);
  const table = Buffer.from(bytes.subarray(512, 512 + 33 * 512));
  await using file = await open(raw, 'r+');
  await file.write(Buffer.alloc(512), 0, 512, 512);
  await file.write(table, 0, 512, 4096);
  await file.write(table, 512, 32 * 512, 8192);
  return raw;
}
