import type { Findings } from './reader.ts';
import type { IgnitionConfig, Node, Placed } from './types.ts';

/** What is wrong only in combination: each part of the config is valid by itself. The rules are Ignition's own. */
export function findConflicts(config: IgnitionConfig, { errors }: Findings): void {
  const { directories, files, links } = config.storage;
  const fail = (pointer: string, message: string): void => {
    errors.push({ pointer, message });
  };
  const nodes: readonly Placed<Node>[] = [...directories, ...files, ...links];
  const kinds = new Map<string, string>();
  for (const [kind, list] of [
    ['directory', directories],
    ['file', files],
    ['link', links],
  ] as const) {
    for (const { path, pointer } of list) {
      if (kinds.has(path)) fail(`${pointer}/path`, `${path} is named twice`);
      else kinds.set(path, kind);
    }
  }
  for (const node of nodes) {
    const inTheWay = ancestors(node.path).find((path) => (kinds.get(path) ?? 'directory') !== 'directory');
    if (inTheWay !== undefined)
      fail(node.pointer, `${inTheWay} on the way is a ${kinds.get(inTheWay) ?? ''} of this config`);
  }
  for (const link of links) {
    const isDirectory = directories.some((directory) => directory.path === link.target);
    if (link.hard && isDirectory) fail(link.pointer, 'a directory can have no hard link');
  }
  const units = new Set(unitPaths(config));
  for (const node of nodes)
    if (units.has(node.path)) fail(`${node.pointer}/path`, 'a systemd unit of this config is the same file');
  const { shouldExist, shouldNotExist } = config.kernelArguments;
  shouldNotExist.forEach((argument, index) => {
    if (shouldExist.includes(argument))
      fail(`/kernelArguments/shouldNotExist/${index}`, 'the same argument should exist, too');
  });
}

/** `/a/b/c`: `/a/b`, `/a`. */
function ancestors(path: string): string[] {
  const parent = path.slice(0, path.lastIndexOf('/'));
  return parent === '' ? [] : [parent, ...ancestors(parent)];
}

function unitPaths(config: IgnitionConfig): string[] {
  const folder = '/etc/systemd/system';
  return config.systemd.units.flatMap((unit) => [
    ...(unit.contents === undefined || unit.contents === '' ? [] : [`${folder}/${unit.name}`]),
    ...unit.dropins
      .filter((dropin) => dropin.contents !== undefined && dropin.contents !== '')
      .map((dropin) => `${folder}/${unit.name}.d/${dropin.name}`),
  ]);
}
