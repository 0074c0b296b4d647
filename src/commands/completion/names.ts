import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { guestPaths } from '../../alpine/guest/installed.ts';
import { findVmDir } from '../../alpine/site/vm-dir.ts';
import { LocalHost } from '../../host/local.ts';
import { imageStore, listImages } from '../../images/store.ts';
import { isMachineName } from '../../machine/names.ts';
import { machinePlaces } from '../../machine/places.ts';

/** Names that only this host knows, by the place on the command line that takes them: `COMMAND ARGUMENT` or `COMMAND --OPTION`. */
const sources: readonly { readonly place: RegExp; readonly names: () => Promise<readonly string[]> }[] = [
  // `machine init` names a machine that is not there yet.
  { place: /^machine (?!init )\S+ names?$|^doctor --machine$/, names: machineNames },
  { place: /^image (path|verify|rm) names?$/, names: imageNames },
  { place: /^alpine (?!create |install )\S+ name$/, names: guestNames },
];

/** What may stand in a place of the command line; nothing where podbsd knows no names, or cannot look them up. */
export async function namesFor(place: string): Promise<readonly string[]> {
  const source = sources.find((known) => known.place.test(place));
  // At a TAB an error would only spoil the line; the command itself says what is wrong.
  return (await source?.names().catch(() => [])) ?? [];
}

async function imageNames(): Promise<readonly string[]> {
  return (await listImages(imageStore())).map(({ name }) => name);
}

async function machineNames(): Promise<readonly string[]> {
  const { data } = machinePlaces();
  return (await readdir(data)).filter(isMachineName).sort();
}

/** Guests of vm-bhyve that podbsd has installed. */
async function guestNames(): Promise<readonly string[]> {
  const host = new LocalHost();
  const vmDir = process.platform === 'freebsd' ? await findVmDir({ host, assumed: false }) : undefined;
  if (vmDir === undefined) return [];
  const names = (await host.list(vmDir.path)) ?? [];
  const ours = await Promise.all(names.map((name) => host.stat(join(guestPaths(vmDir.path, name).state))));
  return names.filter((_name, index) => ours[index] !== undefined);
}
