import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../../ignition/src/config/parse.ts';
import { config, fixtures } from '../support/fixtures.ts';

function errorsOf(parts: object): string[] {
  return parseConfig(config(parts)).errors.map((error) => `${error.pointer}: ${error.message}`);
}

describe('parsing an Ignition config', () => {
  it.each(fixtures)('takes %s without a warning', (_name, text) => {
    const parsed = parseConfig(text);
    expect(parsed).toMatchObject({ errors: [], warnings: [] });
    expect(parsed.config?.passwd.users.map((user) => user.name)).toEqual(['core', 'root']);
  });

  it.each(['3.0.0', '3.1.0', '3.2.0', '3.3.0', '3.4.0', '3.5.0', '3.6.0'])(
    'understands version %s',
    (version) => {
      expect(parseConfig(JSON.stringify({ ignition: { version } })).errors).toEqual([]);
    },
  );

  it.each(['2.3.0', '3.2.1', '3.7.0', '3.7.0-experimental', '4.0.0', '3', ''])(
    'refuses version %j',
    (version) => {
      const { config: none, errors } = parseConfig(JSON.stringify({ ignition: { version } }));
      expect(none).toBeUndefined();
      expect(errors).toMatchObject([{ pointer: '/ignition/version' }]);
    },
  );

  it('warns of unknown keys, with escaped pointers, and goes on', () => {
    const parsed = parseConfig(config({ 'a/b~c': 1, passwd: { users: [{ name: 'core', shel: 'x' }] } }));
    expect(parsed.config).toBeDefined();
    expect(parsed.warnings.map((warning) => warning.pointer).sort()).toEqual([
      '/a~1b~0c',
      '/passwd/users/0/shel',
    ]);
  });

  it.each([
    [{ passwd: [] }, '/passwd: must be an object, not a list'],
    [{ passwd: { users: {} } }, '/passwd/users: must be a list, not a value of type object'],
    [{ passwd: { users: ['core'] } }, '/passwd/users/0: must be an object, not a value of type string'],
    [{ passwd: { users: [{ name: 'core', uid: -1 }] } }, '/passwd/users/0/uid: must be a whole number'],
    [{ passwd: { users: [{ name: 'core', uid: 1.5 }] } }, '/passwd/users/0/uid: must be a whole number'],
    [
      { passwd: { users: [{ name: 'core', uid: 4294967295 }] } },
      '/passwd/users/0/uid: must be a whole number',
    ],
    [
      { passwd: { users: [{ name: 'core', sshAuthorizedKeys: [1] }] } },
      '/passwd/users/0/sshAuthorizedKeys/0: ',
    ],
    [
      { passwd: { users: [{ name: 'core' }, { name: 'core', uid: 5 }] } },
      '/passwd/users/1/name: core is named twice',
    ],
    [{ passwd: { groups: [{ name: 'dev' }, { name: 'dev' }] } }, '/passwd/groups/1/name: dev is named twice'],
    [{ storage: { files: [{ path: '/a', mode: '0644' }] } }, '/storage/files/0/mode: must be a whole number'],
    [{ storage: { files: [{ path: '/a', mode: 4096 }] } }, '/storage/files/0/mode: must be a whole number'],
    [{ storage: { files: [{}] } }, '/storage/files/0/path: must be an absolute path'],
    [{ storage: { files: [{ path: 'a' }] } }, '/storage/files/0/path: must be an absolute path'],
    [
      { storage: { directories: [{ path: '/a/../etc' }] } },
      '/storage/directories/0/path: must be an absolute path',
    ],
    [{ storage: { files: [{ path: '/a\u0000b' }] } }, '/storage/files/0/path: must be an absolute path'],
    [{ storage: { files: [{ path: '/a\nb' }] } }, '/storage/files/0/path: must be an absolute path'],
    [{ storage: { links: [{ path: '/a' }] } }, '/storage/links/0/target: a link needs a target'],
    [
      { storage: { files: [{ path: '/a', contents: { source: 'data:,', compression: 'xz' } }] } },
      '/storage/files/0/contents/compression: "xz" is not known',
    ],
    [
      { storage: { files: [{ path: '/a', contents: { verification: { hash: 'md5-00' } } }] } },
      '/storage/files/0/contents/verification/hash: must be "sha256-"',
    ],
    [
      { systemd: { units: [{ enabled: 'yes', name: 'a' }] } },
      '/systemd/units/0/enabled: must be true or false',
    ],
  ])('names the place of what is wrong: %j', (parts, expected) => {
    expect(errorsOf(parts).join('\n')).toContain(expected);
  });

  it.each(['-rf', 'a/b', 'root2:0:0', '', 'a b', 'ä', '$(reboot)', 'x'.repeat(33), 'a\nb', '..', '#0'])(
    'refuses the user name %j',
    (name) => {
      expect(errorsOf({ passwd: { users: [{ name }] } })).toEqual([
        expect.stringMatching(/^\/passwd\/users\/0\/name: /),
      ]);
    },
  );

  it('takes null for absent, and an empty owner for root', () => {
    const file = { path: '/a/b', user: {}, group: { name: null }, mode: null, overwrite: null };
    const parsed = parseConfig(config({ storage: { files: [file] }, passwd: null }));
    expect(parsed.config?.storage.files).toMatchObject([{ path: '/a/b', user: undefined, group: undefined }]);
  });

  it('takes the last of several entries for a path, as podman writes them for certificates', () => {
    const files = ['1', '2'].map((text) => ({ path: '/a', contents: { source: `data:,${text}` } }));
    const parsed = parseConfig(config({ storage: { files } }));
    expect(parsed.config?.storage.files.map((file) => file.contents?.source)).toEqual(['data:,2']);
    expect(parsed.warnings).toMatchObject([{ pointer: '/storage/files' }]);
  });

  it('survives what is nested without end', () => {
    const deep = '['.repeat(100_000);
    expect(parseConfig(deep).errors).toMatchObject([{ pointer: '' }]);
  });
});
