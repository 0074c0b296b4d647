import { guestNames } from '../../alpine/guest/names.ts';
import { LocalHost } from '../../host/local.ts';
import { imageStore, listImages } from '../../images/store.ts';
import { machinePlaces } from '../../machine/places.ts';
import { machineNames } from '../../machine/record.ts';

/** Names that only this host knows, by the place on the command line that takes them: `COMMAND ARGUMENT` or `COMMAND --OPTION`. */
const sources: readonly { readonly place: RegExp; readonly names: () => Promise<readonly string[]> }[] = [
  // `machine init` names a machine that is not there yet.
  { place: /^machine (?!init )\S+ names?$|^doctor --machine$/, names: () => machineNames(machinePlaces()) },
  { place: /^image (path|verify|rm) names?$/, names: imageNames },
  { place: /^alpine (?!create |install )\S+ name$/, names: () => guestNames(new LocalHost()) },
];

/** What may stand in a place of the command line; nothing where podbsd knows no names, or cannot look them up. */
export async function namesFor(place: string): Promise<readonly string[]> {
  const source = sources.find((known) => known.place.test(place));
  // On TAB an error would only garble the line; the command itself says what is wrong.
  return (await source?.names().catch(() => [])) ?? [];
}

async function imageNames(): Promise<readonly string[]> {
  return (await listImages(imageStore())).map(({ name }) => name);
}
