import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../../ignition/src/config/parse.ts';

/** What Ignition's own validation says of a config, by the specification and the rules of its types. */
const hash = `sha512-${'01'.repeat(64)}`;
const file = (parts: object): object => ({ storage: { files: [{ path: '/a', ...parts }] } });
const unit = (parts: object): object => ({ systemd: { units: [{ name: 'a.service', ...parts }] } });
const ignition = (parts: object): object => ({ ignition: { version: '3.4.0', ...parts } });
const storage = (parts: object): object => ({ storage: parts });

function parse(parts: object) {
  return parseConfig(JSON.stringify({ ignition: { version: '3.4.0' }, ...parts }));
}

describe('what Ignition accepts', () => {
  it.each<[string, object]>([
    [
      'a service',
      unit({ enabled: true, contents: '[Service]\nType=oneshot\n\n[Install]\nWantedBy=x.target' }),
    ],
    ['a drop-in', unit({ dropins: [{ name: 'debug.conf', contents: '[Service]\nEnvironment=A=b' }] })],
    [
      'a unit with comments and continued lines',
      unit({ contents: '; x\n[Unit]\n# y\nA=b \\\n  c\n[Service]\n' }),
    ],
    ['a file', file({ mode: 420, contents: { source: 'data:,example%20file%0A' } })],
    ['a file without contents', file({})],
    [
      'a remote file with a hash',
      file({ contents: { source: 'http://example.com/asset', verification: { hash } } }),
    ],
    ['a file from S3', file({ contents: { source: 's3://bucket/key' } })],
    [
      'headers of a remote file',
      file({ contents: { source: 'https://x/', httpHeaders: [{ name: 'A', value: 'b' }] } }),
    ],
    ['an empty source', file({ overwrite: true, contents: { source: '', compression: '' } })],
    ['an owner without a name', file({ user: { id: 0, name: '' }, group: {} })],
    ['all bits of a mode', file({ mode: 0o7777 })],
    [
      'a disk layout',
      storage({ disks: [{ device: '/dev/sdb', wipeTable: true, partitions: [{ number: 1 }] }] }),
    ],
    ['LUKS', storage({ luks: [{ name: 'data', device: '/dev/sdb' }] })],
    [
      'a hard link with an owner',
      storage({ links: [{ path: '/l', target: '/f', hard: true, user: { id: 1 } }] }),
    ],
    [
      'links beside each other',
      storage({ links: ['/foo', '/foob/bar'].map((path) => ({ path, target: '/t' })) }),
    ],
    [
      'kernel arguments',
      { kernelArguments: { shouldExist: ['example', 'foo bar'], shouldNotExist: ['some'] } },
    ],
    [
      'a user with a hash',
      { passwd: { users: [{ name: 'u', passwordHash: '$x', sshAuthorizedKeys: ['ssh-rsa x'] }] } },
    ],
    [
      'an account of the system',
      { passwd: { users: [{ name: 'u', system: true, noCreateHome: true, homeDir: '' }] } },
    ],
    [
      'a remote config',
      ignition({ config: { replace: { source: 'http://example.com/c', verification: { hash } } } }),
    ],
    ['an empty replacement', ignition({ config: { replace: { verification: {} } } })],
    ['time limits', ignition({ timeouts: { httpResponseHeaders: 20, httpTotal: 600 } })],
    ['a proxy', ignition({ proxy: { httpProxy: 'http://p:1', httpsProxy: 'https://p', noProxy: ['*'] } })],
    [
      'an authority',
      ignition({ security: { tls: { certificateAuthorities: [{ source: 'https://x/ca' }] } } }),
    ],
    ['keys that it does not know', { nonsense: true, storage: { files: [{ path: '/a', colour: 'red' }] } }],
  ])('%s', (_what, parts) => {
    expect(parse(parts).errors).toEqual([]);
  });
});

describe('what Ignition refuses', () => {
  it.each<[string, object, string]>([
    ['a relative path', storage({ files: [{ path: 'a/b' }] }), '/storage/files/0/path'],
    ['a slash too many', storage({ files: [{ path: '/a//b' }] }), '/storage/files/0/path'],
    ['a slash at the end', storage({ directories: [{ path: '/a/' }] }), '/storage/directories/0/path'],
    ['a path that goes up', storage({ links: [{ path: '/a/../b', target: 'x' }] }), '/storage/links/0/path'],
    ['id and name of a user', file({ user: { id: 500, name: 'core' } }), '/storage/files/0/user/name'],
    ['id and name of a group', file({ group: { id: 500, name: 'core' } }), '/storage/files/0/group/name'],
    ['overwrite without contents', file({ overwrite: true }), '/storage/files/0/overwrite'],
    ['an illegal mode', file({ mode: 0o10000 }), '/storage/files/0/mode'],
    ['an unknown scheme', file({ contents: { source: 'bad://x' } }), '/storage/files/0/contents/source'],
    ['no scheme', file({ contents: { source: 'text' } }), '/storage/files/0/contents/source'],
    [
      'a hash without a source',
      file({ contents: { verification: { hash } } }),
      '/storage/files/0/contents/verification/hash',
    ],
    [
      'a malformed hash',
      file({ contents: { source: 'data:,', verification: { hash: 'x' } } }),
      '/storage/files/0/contents/verification/hash',
    ],
    [
      'an unknown hash',
      file({ contents: { source: 'data:,', verification: { hash: 'md5-00' } } }),
      '/storage/files/0/contents/verification/hash',
    ],
    [
      'a short hash',
      file({ contents: { source: 'data:,', verification: { hash: 'sha512-00' } } }),
      '/storage/files/0/contents/verification/hash',
    ],
    [
      'an unknown compression',
      file({ contents: { source: 'data:,', compression: 'xz' } }),
      '/storage/files/0/contents/compression',
    ],
    [
      'headers of a data: URL',
      file({ contents: { source: 'data:,', httpHeaders: [{ name: 'A' }] } }),
      '/storage/files/0/contents/httpHeaders',
    ],
    [
      'a header without a name',
      file({ contents: { source: 'http://x', httpHeaders: [{ value: 'b' }] } }),
      '/storage/files/0/contents/httpHeaders/0/name',
    ],
    ['a link without a target', storage({ links: [{ path: '/l', target: '' }] }), '/storage/links/0/target'],
    [
      'a hard link to a directory',
      storage({ directories: [{ path: '/d' }], links: [{ path: '/l', target: '/d', hard: true }] }),
      '/storage/links/0',
    ],
    [
      'a file below a link',
      storage({ files: [{ path: '/l/f' }], links: [{ path: '/l', target: '/t' }] }),
      '/storage/files/0',
    ],
    [
      'a directory below a link',
      storage({ directories: [{ path: '/l/d/e' }], links: [{ path: '/l', target: '/t' }] }),
      '/storage/directories/0',
    ],
    [
      'a link below a link',
      storage({
        links: [
          { path: '/l', target: '/t' },
          { path: '/l/m', target: '/t' },
        ],
      }),
      '/storage/links/1',
    ],
    ['a file below a file', storage({ files: [{ path: '/f' }, { path: '/f/g' }] }), '/storage/files/1'],
    [
      'a file and a directory of one path',
      storage({ files: [{ path: '/x' }], directories: [{ path: '/x' }] }),
      '/storage/files/0/path',
    ],
    [
      'a file in the place of a unit',
      {
        ...unit({ contents: '[Unit]\nA=b' }),
        ...storage({ files: [{ path: '/etc/systemd/system/a.service' }] }),
      },
      '/storage/files/0/path',
    ],
    ['a unit with no ending', unit({ name: 'a' }), '/systemd/units/0/name'],
    ['a unit with an unknown ending', unit({ name: 'a.blah' }), '/systemd/units/0/name'],
    ['an open section', unit({ contents: '[Foo' }), '/systemd/units/0/contents'],
    ['text behind a section', unit({ contents: '[Foo] x\nA=b' }), '/systemd/units/0/contents'],
    ['a line that sets nothing', unit({ contents: '[Foo]\nbar\n' }), '/systemd/units/0/contents'],
    [
      'a drop-in with another ending',
      unit({ dropins: [{ name: 'a.service' }] }),
      '/systemd/units/0/dropins/0/name',
    ],
    [
      'two units of one name',
      { systemd: { units: [{ name: 'a.path' }, { name: 'a.path' }] } },
      '/systemd/units/1/name',
    ],
    [
      'an argument that should and should not be',
      { kernelArguments: { shouldExist: ['a'], shouldNotExist: ['b', 'a'] } },
      '/kernelArguments/shouldNotExist/1',
    ],
    [
      'a merged config without a source',
      ignition({ config: { merge: [{}] } }),
      '/ignition/config/merge/0/source',
    ],
    [
      'an authority without a source',
      ignition({ security: { tls: { certificateAuthorities: [{}] } } }),
      '/ignition/security/tls/certificateAuthorities/0/source',
    ],
    ['a proxy by FTP', ignition({ proxy: { httpProxy: 'ftp://p' } }), '/ignition/proxy/httpProxy'],
    ['a time limit in words', ignition({ timeouts: { httpTotal: '5s' } }), '/ignition/timeouts/httpTotal'],
    [
      'a flag in words',
      { passwd: { users: [{ name: 'u', noCreateHome: 'yes' }] } },
      '/passwd/users/0/noCreateHome',
    ],
    ['a version in between', ignition({ version: '3.4.1' }), '/ignition/version'],
    ['an experimental version', ignition({ version: '3.5.0-experimental' }), '/ignition/version'],
  ])('%s', (_what, parts, pointer) => {
    const { config, errors } = parse(parts);
    expect(config).toBeUndefined();
    expect(errors.map((error) => error.pointer)).toContain(pointer);
  });
});
