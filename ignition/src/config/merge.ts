/**
 * Merging configs as Ignition does (operator notes, "Config Merging"): a child's values win, lists of objects are
 * joined by the key of an entry, and files, directories and links replace each other.
 */

export type Json = Readonly<Record<string, unknown>>;

/** What names an entry of a list of objects. Other lists of objects, such as `append`, are concatenated. */
const names: Readonly<Record<string, string>> = {
  users: 'name',
  groups: 'name',
  files: 'path',
  directories: 'path',
  links: 'path',
  units: 'name',
  dropins: 'name',
  disks: 'device',
  raid: 'name',
  filesystems: 'device',
  luks: 'name',
};

const nodeLists = ['files', 'directories', 'links'] as const;

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Both must be configs that are right by themselves. */
export function mergeConfigs(parent: Json, child: Json): Json {
  return mergeObjects(withoutReplacedNodes(parent, child), child);
}

/** A file of the child takes the place of a link of the parent, and so on. */
function withoutReplacedNodes(parent: Json, child: Json): Json {
  const storage = parent['storage'];
  if (!isObject(storage) || !isObject(child['storage'])) return parent;
  const others = child['storage'];
  const entries = nodeLists.map((key) => {
    const taken = nodeLists.filter((other) => other !== key).flatMap((other) => pathsIn(others[other]));
    const list = storage[key];
    const left = Array.isArray(list) ? list.filter((node: unknown) => !taken.includes(pathOf(node))) : list;
    return [key, left] as const;
  });
  return { ...parent, storage: { ...storage, ...Object.fromEntries(entries) } };
}

function pathsIn(list: unknown): unknown[] {
  return Array.isArray(list) ? list.map(pathOf) : [];
}

function pathOf(node: unknown): unknown {
  return isObject(node) ? node['path'] : undefined;
}

function mergeObjects(parent: Json, child: Json): Json {
  const keys = [...new Set([...Object.keys(parent), ...Object.keys(child)])];
  return Object.fromEntries(keys.map((key) => [key, mergeValues(key, parent[key], child[key])]));
}

function mergeValues(key: string, parent: unknown, child: unknown): unknown {
  if (child === undefined || child === null) return parent;
  if (isObject(parent) && isObject(child)) return mergeObjects(parent, child);
  if (Array.isArray(parent) && Array.isArray(child)) return mergeLists(key, parent, child);
  return child;
}

function mergeLists(key: string, parent: readonly unknown[], child: readonly unknown[]): readonly unknown[] {
  const name = names[key];
  const nameOf = (entry: unknown): unknown => (name !== undefined && isObject(entry) ? entry[name] : entry);
  // Keys and groups stand for themselves.
  const isNamed = name !== undefined || child.every((entry) => typeof entry === 'string');
  if (!isNamed) return [...parent, ...child];
  const merged = parent.map((entry) => {
    const other = child.find((candidate) => nameOf(candidate) === nameOf(entry));
    return isObject(entry) && isObject(other) ? mergeObjects(entry, other) : (other ?? entry);
  });
  const known = parent.map(nameOf);
  return [...merged, ...child.filter((entry) => !known.includes(nameOf(entry)))];
}
