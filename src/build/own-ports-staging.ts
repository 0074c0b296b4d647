import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../assets.ts';
import type { Json } from '../pipeline/stage.ts';
import { fingerprint } from '../pipeline/fingerprint.ts';
import type { BuildEnv } from './env.ts';
import { ownPortsFolder } from './own-ports.ts';
import { hashTree } from './tree-hash.ts';

/** The port whose sources are not downloaded but put beside it by podbsd. */
const GUEST_PORT = 'sysutils/podbsd-guest';
const ignition = join(packageRoot, 'ignition');

/** The parts of `ignition/` that the port builds; compiled files of a checkout are left behind. */
const isGuestSource = (path: string): boolean =>
  path === 'Makefile' || /^fwcfg\/.+\.[ch]$/.test(path) || /^(rc\.d|sudoers\.d)\/./.test(path);

/** Everything that podbsd's own ports are made from. */
export async function ownPortsInputs(): Promise<Json> {
  const agent = existsSync(join(ignition, 'src'))
    ? await hashTree(join(ignition, 'src'))
    : await hashTree(join(packageRoot, 'dist'), (path) => path === 'podbsd-agent');
  return { ports: await hashTree(ownPortsFolder), guest: await hashTree(ignition, isGuestSource), agent };
}

/** Puts podbsd's ports, with the sources of the guest's part, into the overlay tree on the build host. */
export async function stageOwnPorts(env: BuildEnv): Promise<void> {
  const { host, paths } = env;
  const port = `${paths.overlayPorts}/${GUEST_PORT}`;
  const agent = join(env.stateDir, 'podbsd-agent');
  await env.local.bundleAgent(agent);
  await host.remove(paths.overlayPorts);
  await host.upload(ownPortsFolder, paths.overlayPorts);
  const sources = (await readdir(ignition, { recursive: true })).filter(isGuestSource).sort();
  for (const path of sources) await host.upload(join(ignition, path), `${port}/files/guest/${path}`);
  await host.upload(agent, `${port}/files/guest/podbsd-agent`);
  await host.writeFile(`${port}/Makefile.local`, revision(await ownPortsInputs()));
}

/**
 * bsd.port.mk reads Makefile.local. Poudriere rebuilds a port when its version changes and looks at nothing else, so the
 * revision is a number that follows from the content.
 */
function revision(inputs: Json): string {
  const digest = createHash('sha256').update(fingerprint(inputs)).digest();
  return `PORTREVISION=\t${(digest.readUInt32BE() % 900_000) + 100_000}\n`;
}
