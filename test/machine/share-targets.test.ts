import { expect, it } from 'vitest';
import { whyNotCovered } from '../../ignition/src/freebsd/share-targets.ts';
import { whyNoTarget } from '../../src/machine/share-targets.ts';

/** Every folder of hier(7) that somebody may name, one above, and one below each. */
const top =
  'bin boot compat data dev etc home lib libexec media mnt net opt private proc rescue root run sbin srv sys tmp usr Users var zroot';
const deeper =
  'root/.ssh usr/bin usr/home usr/lib usr/local usr/local/etc usr/local/src usr/obj usr/ports usr/share usr/src var/db var/empty var/folders var/home var/log var/run var/tmp';
const folders = [
  '/',
  ...`${top} ${deeper}`.split(' ').flatMap((name) => [`/${name}`, `/${name}/below`, `/${name}x`]),
];

it.each(folders)('host and guest say the same of %s', (folder) => {
  const homes = ['/root', '/home/core'];
  expect(whyNoTarget(folder, 'core') === undefined).toBe(whyNotCovered(folder, homes) === undefined);
});
