import { expect, it } from 'vitest';
import { packingByName, unpackedName } from '../../src/disk/packing-name.ts';

it.each([
  ['a.qcow2.xz', 'xz', 'a.qcow2'],
  ['a.raw.zst', 'zstd', 'a.raw'],
  ['a.raw.gz', 'gzip', 'a.raw'],
  ['a.img.BZ2', 'bzip2', 'a.img'],
  ['a.xz.qcow2', undefined, 'a.xz.qcow2'],
  ['axz', undefined, 'axz'],
])('%s says how it is packed, and what is in it has another name', (name, packing, unpacked) => {
  expect([packingByName(name), unpackedName(name)]).toEqual([packing, unpacked]);
});
