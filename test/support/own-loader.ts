import { existsSync } from 'node:fs';
import { join } from 'node:path';

const multiarch: Readonly<Record<string, { triplet: string; loader: string }>> = {
  x64: { triplet: 'x86_64-linux-gnu', loader: 'ld-linux-x86-64.so.2' },
  arm64: { triplet: 'aarch64-linux-gnu', loader: 'ld-linux-aarch64.so.1' },
};

/**
 * The argv prefix that runs a program of an unpacked package tree with the C library of that tree, so that the host
 * may be older. The tree must hold libc6 and the libraries that the program needs.
 *
 * @param program path inside the tree, e.g. `usr/bin/qjs`.
 */
export function ownLoaderArgv(tree: string, program: string): readonly [string, ...string[]] {
  const names = multiarch[process.arch];
  if (names === undefined) throw new Error(`no Debian libraries are known for processor ${process.arch}`);
  // Packages of Debian 12 still install some libraries to /lib.
  const folders = ['usr/lib', 'lib'].map((folder) => join(tree, folder, names.triplet));
  const loader = folders.map((folder) => join(folder, names.loader)).find((path) => existsSync(path));
  if (loader === undefined) throw new Error(`${tree} holds no ${names.loader}: libc6 is missing from it`);
  return [loader, '--library-path', folders.join(':'), join(tree, program)];
}
