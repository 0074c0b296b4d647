/**
 * A module that comes with the engine. quickjs-ng, which other systems have under the name of qjs, too, prefixes the
 * names of QuickJS's modules since its version 0.9.
 */
export async function engineModule<Module>(
  name: string,
  load: (specifier: string) => Promise<unknown> = (specifier) => import(specifier),
): Promise<Module> {
  try {
    return (await load(name)) as Module;
  } catch {
    return (await load(`qjs:${name}`)) as Module;
  }
}
