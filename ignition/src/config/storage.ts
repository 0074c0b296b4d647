import { largestId } from './passwd.ts';
import { isPlainPath } from './path.ts';
import { ObjectReader } from './reader.ts';
import { parseResource } from './resource.ts';
import type { Directory, File, Link, Node, Owner, Placed, Storage } from './types.ts';

const layoutKeys = ['disks', 'raid', 'filesystems', 'luks'] as const;

export function parseStorage(reader: ObjectReader): Storage {
  const layouts = layoutKeys
    .filter((key) => reader.list(key).length > 0)
    .map((key) => `${reader.pointer}/${key}`);
  const storage = {
    directories: lastOfEachPath(reader, 'directories', reader.objects('directories', parseDirectory)),
    files: lastOfEachPath(reader, 'files', reader.objects('files', parseFile)),
    links: lastOfEachPath(reader, 'links', reader.objects('links', parseLink)),
    layouts,
  };
  reader.done();
  return storage;
}

function parseDirectory(reader: ObjectReader): Placed<Directory> | undefined {
  const mode = reader.integer('mode', 0o7777);
  const node = parseNode(reader);
  return node && { ...node, ...(mode === undefined ? {} : { mode }) };
}

function parseFile(reader: ObjectReader): Placed<File> | undefined {
  const mode = reader.integer('mode', 0o7777);
  const given = reader.object('contents');
  const contents = parseResource(given);
  const append = reader.objects('append', parseResource).filter((resource) => resource.source !== undefined);
  const node = parseNode(reader);
  if (node?.overwrite === true && !given.has('source'))
    reader.fail('overwrite', 'only a file with contents can overwrite another');
  return node && { ...node, ...(mode === undefined ? {} : { mode }), contents, append };
}

function parseLink(reader: ObjectReader): Placed<Link> | undefined {
  const target = reader.string('target');
  const hard = reader.boolean('hard') ?? false;
  const node = parseNode(reader);
  if (target === undefined || target === '' || /[\0\n\r]/.test(target)) {
    reader.fail('target', 'a link needs a target: a path without line breaks');
    return undefined;
  }
  return node && { ...node, target, hard };
}

function parseNode(reader: ObjectReader): Placed<Node> | undefined {
  const path = reader.string('path');
  const overwrite = reader.boolean('overwrite');
  const user = parseOwner(reader.object('user'));
  const group = parseOwner(reader.object('group'));
  if (path === undefined || !isPlainPath(path)) {
    const found = path === undefined ? 'it is missing' : `${JSON.stringify(path)} is not`;
    reader.fail('path', `must be an absolute path without ".", ".." and extra slashes: ${found}`);
    return undefined;
  }
  return {
    pointer: reader.pointer,
    path,
    user,
    group,
    ...(overwrite === undefined ? {} : { overwrite }),
  };
}

/** podman sends `{}` where it means root. */
function parseOwner(reader: ObjectReader): Owner {
  const id = reader.integer('id', largestId);
  const name = reader.string('name');
  reader.done();
  const isNamed = name !== undefined && name !== '';
  if (id !== undefined && isNamed) reader.fail('name', 'there may be an id or a name, not both');
  return id ?? (isNamed ? name : undefined);
}

/**
 * podman up to 5.8 names a path twice when a certificate is found in two ways. Ignition itself would refuse that; here
 * the last one counts.
 */
function lastOfEachPath<Entry extends Placed<Node>>(
  reader: ObjectReader,
  key: string,
  entries: Entry[],
): Entry[] {
  const last = new Map(entries.map((entry) => [entry.path, entry]));
  if (last.size < entries.length)
    reader.warn(key, 'some paths are named more than once: the last entry counts');
  return entries.filter((entry) => last.get(entry.path) === entry);
}
