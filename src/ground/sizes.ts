export const KIB = 1024;
export const MIB = 1024 ** 2;
export const GIB = 1024 ** 3;

/** A number of bytes for people, in binary units: `512 bytes`, `1.5 MiB`, `8 GiB`. */
export function formatSize(bytes: number): string {
  if (bytes < KIB) return `${bytes} bytes`;
  const [unit, name] = bytes < MIB ? [KIB, 'KiB'] : bytes < GIB ? [MIB, 'MiB'] : [GIB, 'GiB'];
  const count = bytes / unit;
  return `${count < 10 ? String(Math.round(count * 10) / 10) : Math.round(count)} ${name}`;
}
