import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { clientTree, podman43 } from '../../e2e/clients.ts';
import { ownLoaderArgv } from '../../support/own-loader.ts';

/** Makes a folder for PATH that holds Debian 12's podman 4.3.1, whatever this host has. */
export async function podmanFolder(folder: string): Promise<string> {
  const bin = join(folder, 'bin');
  await mkdir(bin, { recursive: true });
  const argv = ownLoaderArgv(await clientTree(podman43), 'usr/bin/podman');
  const program = join(bin, 'podman');
  await writeFile(program, `#!/bin/sh\nexec ${argv.join(' ')} "$@"\n`);
  await chmod(program, 0o755);
  return bin;
}
