import { installGuest } from '../../../src/alpine/guest/install.ts';
import { type InstalledGuest } from '../../../src/alpine/guest/installed.ts';
import { type FakeFreebsd } from './bhyve.ts';
import { readMembers } from './overlay.ts';

/** Nobody stops it. */
export const never = new AbortController().signal;
/** For a notice that must not come. */
export const unexpected = (notice: string): never => {
  throw new Error(notice);
};
/** Seconds. */
export const soon = { limit: 20, every: 0.02 };

export async function install(host: FakeFreebsd): Promise<InstalledGuest> {
  const { site, local, bundle, iso } = host;
  return await installGuest(site, { local, bundle, iso });
}

/** A file of the overlay on the guest's disk, as text. */
export async function overlayFile({ paths }: InstalledGuest, path: string): Promise<string | undefined> {
  const found = (await readMembers(paths.overlayDisk)).find((member) => member.path === path);
  return found?.kind === 'file' ? found.content.toString() : undefined;
}
