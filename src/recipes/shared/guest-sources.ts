import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../../ground/assets.ts';
import { hashTree, type TreeHash } from './tree-hash.ts';

/** Everything of the guest's side. */
export const guestFolder = join(packageRoot, 'ignition');

/** What its Makefile builds and installs; compiled files of a checkout are left behind. */
const isGuestSource = (path: string): boolean =>
  path === 'Makefile' || /^native\/.+\.[ch]$/.test(path) || /^(bin|rc\.d|service|sudoers\.d)\/./.test(path);

/** The files to copy, relative to the guest's folder. The agent's bundle comes beside them. */
export async function guestSources(): Promise<readonly string[]> {
  return (await readdir(guestFolder, { recursive: true })).filter(isGuestSource).sort();
}

/** Everything that the guest's part is made from, the agent's sources included. */
export async function guestInputs(): Promise<{ readonly guest: TreeHash; readonly agent: TreeHash }> {
  const sources = join(guestFolder, 'src');
  const agent = existsSync(sources)
    ? await hashTree(sources)
    : await hashTree(join(packageRoot, 'dist'), (path) => path === 'podbsd-agent');
  return { guest: await hashTree(guestFolder, isGuestSource), agent };
}
