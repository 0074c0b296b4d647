import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Exit } from '../lib/exit.js';

/** What the real `make -V` of a port would say; the double reads the few assignments it needs. */
export function findPort(trees, origin) {
  const folder = trees.map((tree) => join(tree, origin)).find((path) => existsSync(join(path, 'Makefile')));
  if (folder === undefined) throw new Exit(1, `Error: Invalid port origin: ${origin}`);
  const local = join(folder, 'Makefile.local');
  const text =
    readFileSync(join(folder, 'Makefile'), 'utf8') + (existsSync(local) ? readFileSync(local, 'utf8') : '');
  const value = (key) =>
    [...text.matchAll(new RegExp(`^${key}\\s*[?:]?=\\s*(.*)$`, 'gm'))].at(-1)?.[1].trim();
  const name = value('PORTNAME') ?? origin.split('/')[1];
  const revision = value('PORTREVISION');
  const version = `${value('PORTVERSION') ?? value('DISTVERSION') ?? '1.0'}${revision === undefined ? '' : `_${revision}`}`;
  const depends = [...text.matchAll(/:([a-z0-9-]+\/[A-Za-z0-9_.-]+)/g)].map((match) => match[1]);
  const files = value('TEST_FILES')?.split(' ') ?? guestFiles(folder);
  const pkgname = `${name}-${version}`;
  return { origin, name, version, pkgname, file: `${pkgname}.pkg`, dependencies: depends, files };
}

/** podbsd-guest is built from what lies beside it: without that the build fails, as the real one would. */
function guestFiles(folder) {
  if (!folder.endsWith('sysutils/podbsd-guest')) return [];
  for (const needed of ['Makefile', 'native/main.c', 'rc.d/podbsd_provision', 'podbsd-agent'])
    if (!existsSync(join(folder, 'files/guest', needed)))
      throw new Exit(1, `Error: podbsd-guest: ${needed} is missing`);
  return [
    'usr/local/libexec/podbsd/podbsd-agent',
    'usr/local/libexec/podbsd/fwcfg',
    'usr/local/etc/rc.d/podbsd_provision',
  ];
}
