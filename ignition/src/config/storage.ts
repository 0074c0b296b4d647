import { largestId } from './passwd.ts';
import { plainPath } from './path.ts';
import { ObjectReader } from './reader.ts';
import type { Directory, File, Link, Node, Owner, Placed, Resource, Storage } from './types.ts';

const layoutKeys = ['disks', 'raid', 'filesystems', 'luks'] as const;
const hashPattern = /^sha256-[0-9a-f]{64}$|^sha512-[0-9a-f]{128}$/i;

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
  const contents = parseResource(reader.object('contents'));
  const append = reader.objects('append', parseResource).filter((resource) => resource.source !== undefined);
  const node = parseNode(reader);
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
  const given = reader.string('path');
  const path = given === undefined ? undefined : plainPath(given);
  const overwrite = reader.boolean('overwrite');
  const user = parseOwner(reader.object('user'));
  const group = parseOwner(reader.object('group'));
  if (path === undefined) {
    const found = given === undefined ? 'it is missing' : `${JSON.stringify(given)} is not`;
    reader.fail('path', `must be an absolute path without "." and "..": ${found}`);
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
  if (id !== undefined && name !== undefined)
    reader.warn('name', 'both id and name are given: the id counts');
  return id ?? (name === '' ? undefined : name);
}

/** A source of contents. An empty `source` counts as none; unknown compressions and hashes are errors. */
export function parseResource(reader: ObjectReader): Resource {
  const source = reader.string('source');
  const compression = reader.string('compression');
  const verification = reader.object('verification');
  const hash = verification.string('hash');
  verification.done();
  // Only of use for remote sources, which are refused later.
  reader.ignore('httpHeaders');
  reader.done();
  if (compression !== undefined && compression !== '' && compression !== 'gzip') {
    reader.fail('compression', `${JSON.stringify(compression)} is not known, only "gzip"`);
  }
  if (hash !== undefined && !hashPattern.test(hash)) {
    verification.fail('hash', 'must be "sha256-" and 64, or "sha512-" and 128 hexadecimal digits');
  }
  return {
    ...(source === undefined || source === '' ? {} : { source }),
    ...(compression === 'gzip' ? { compression } : {}),
    ...(hash === undefined ? {} : { hash: hash.toLowerCase() }),
  };
}

/**
 * podman up to 5.8 names a path twice when a certificate is found on two ways. Ignition itself would refuse that; here
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
