/** Names that only this host knows, by the place on the command line that takes them: `COMMAND ARGUMENT` or `COMMAND --OPTION`. */
const sources: readonly { readonly place: RegExp; readonly names: () => Promise<readonly string[]> }[] = [
  // `machine init` names a machine that is not there yet.
  { place: /^machine (?!init )\S+ names?$|^doctor --machine$/, names: machines },
  { place: /^image (path|verify|rm) names?$/, names: images },
  { place: /^alpine (?!create |install )\S+ name$/, names: guests },
];

/** What may stand in a place of the command line; nothing where podbsd knows no names, or cannot look them up. */
export async function namesFor(place: string): Promise<readonly string[]> {
  const source = sources.find((known) => known.place.test(place));
  // On TAB an error would only garble the line; the command itself says what is wrong.
  return (await source?.names().catch(() => [])) ?? [];
}

// What looks them up is loaded only where a name may stand: most TABs are for commands and options.

async function machines(): Promise<readonly string[]> {
  const { machinePlaces } = await import('../../machine/places.ts');
  const { machineNames } = await import('../../machine/record.ts');
  return await machineNames(machinePlaces());
}

async function guests(): Promise<readonly string[]> {
  const { LocalHost } = await import('../../host/local.ts');
  const { guestNames } = await import('../../alpine/guest/names.ts');
  return await guestNames(new LocalHost());
}

async function images(): Promise<readonly string[]> {
  const { imageStore, listImages } = await import('../../images/store.ts');
  return (await listImages(imageStore())).map(({ name }) => name);
}
