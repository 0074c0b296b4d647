import { plainPath } from './path.ts';
import type { ObjectReader } from './reader.ts';
import type { Group, Passwd, User } from './types.ts';

/** The largest number a user or group may have; the one above means "no user" to the system calls. */
export const largestId = 0xfffffffe;

/**
 * What pw(8) accepts as the name of a user or group, less what would mean something else as the last part of a path. 32 characters
 * are MAXLOGNAME - 1 of FreeBSD.
 */
const accountName = /^(?!\.{1,2}$)[A-Za-z0-9_.][A-Za-z0-9_.-]{0,31}$/;

export function parsePasswd(reader: ObjectReader): Passwd {
  const passwd = {
    users: reader.objects('users', onlyOnce(parseUser)),
    groups: reader.objects('groups', onlyOnce(parseGroup)),
  };
  reader.done();
  return passwd;
}

/** As with Ignition, two entries for one name are an error: they would take each other's numbers and keys away. */
function onlyOnce<Entry extends { readonly name: string }>(
  parse: (reader: ObjectReader) => Entry | undefined,
): (reader: ObjectReader) => Entry | undefined {
  const seen = new Set<string>();
  return (reader) => {
    const entry = parse(reader);
    if (entry === undefined) return undefined;
    if (seen.has(entry.name)) reader.fail('name', `${entry.name} is named twice`);
    seen.add(entry.name);
    return entry;
  };
}

function parseUser(reader: ObjectReader): User | undefined {
  const name = parseName(reader);
  const uid = reader.integer('uid', largestId);
  const gecos = filled(reader, 'gecos');
  const home = filled(reader, 'homeDir');
  const homeDir = home === undefined ? undefined : plainPath(home);
  const shell = filled(reader, 'shell');
  const primaryGroup = filled(reader, 'primaryGroup');
  const user = {
    groups: reader.strings('groups').filter((name) => name !== ''),
    sshAuthorizedKeys: reader.strings('sshAuthorizedKeys'),
    hasPasswordHash: filled(reader, 'passwordHash') !== undefined,
    shouldExist: reader.boolean('shouldExist') ?? true,
    noCreateHome: reader.boolean('noCreateHome') ?? false,
  };
  // Of the right type, and without a meaning on FreeBSD.
  for (const key of ['noUserGroup', 'noLogInit', 'system']) reader.boolean(key);
  if (home !== undefined && homeDir === undefined) {
    reader.fail('homeDir', 'must be an absolute path without "." and ".."');
  }
  if (name === undefined) return undefined;
  return {
    name,
    ...user,
    ...(uid === undefined ? {} : { uid }),
    ...(gecos === undefined ? {} : { gecos }),
    ...(homeDir === undefined ? {} : { homeDir }),
    ...(shell === undefined ? {} : { shell }),
    ...(primaryGroup === undefined ? {} : { primaryGroup }),
  };
}

/** As with Ignition, an empty text means what no text means: the default. */
function filled(reader: ObjectReader, key: string): string | undefined {
  const value = reader.string(key);
  return value === '' ? undefined : value;
}

function parseGroup(reader: ObjectReader): Group | undefined {
  const name = parseName(reader);
  const gid = reader.integer('gid', largestId);
  const shouldExist = reader.boolean('shouldExist') ?? true;
  reader.string('passwordHash');
  reader.boolean('system');
  return name === undefined ? undefined : { name, shouldExist, ...(gid === undefined ? {} : { gid }) };
}

function parseName(reader: ObjectReader): string | undefined {
  const name = reader.string('name');
  if (name !== undefined && accountName.test(name)) return name;
  const rule = 'letters, digits, "_", "." and "-" only, not beginning with "-", at most 32 characters';
  reader.fail(
    'name',
    name === undefined ? 'a name is needed' : `${JSON.stringify(name)} cannot be used: ${rule}`,
  );
  return undefined;
}
