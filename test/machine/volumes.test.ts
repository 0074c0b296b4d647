import { describe, expect, it } from 'vitest';
import { defaultVolumes, formatVolume, parseVolumes } from '../../src/machine/volumes.ts';

describe('--volume', () => {
  it.each([
    ['/src:/dst', { source: '/src', target: '/dst', readOnly: false }],
    ['/src', { source: '/src', target: '/src', readOnly: false }],
    ['/src:/dst/:ro', { source: '/src', target: '/dst', readOnly: true }],
    ['/a b:/c,d:ro,security_model=none', { source: '/a b', target: '/c,d', readOnly: true }],
    ['/src:/srv/../mnt:rw', { source: '/src', target: '/mnt', readOnly: false }],
  ])('%s', (text, expected) => {
    expect(parseVolumes([text])).toEqual([expected]);
  });

  it('a path is taken from the working directory', () => {
    expect(parseVolumes(['here:/dst'])[0]?.source).toBe(`${process.cwd()}/here`);
  });

  it.each(['/usr/src', '/usr/ports', '/usr/obj', '/usr/local/src', '/usr/home', '/usr/src/sys', '/home/me'])(
    '%s can be shared: FreeBSD developers do',
    (folder) => {
      expect(parseVolumes([folder])[0]?.target).toBe(folder);
    },
  );

  it.each([
    ['$HOME/src:/src', '/h/src:/src'],
    ['${HOME}:$T', '/h:/t'],
    ['/a$:/b', '/a$:/b'],
    ['/a$NONE/b:/c', '/a/b:/c'],
    ['/a${}b:/c', '/ab:/c'],
    ['/a${b:/c', '/ab:/c'],
    ['/$1a:/c', '/a:/c'],
  ])('variables in %s are expanded as podman does it', (text, expected) => {
    expect(parseVolumes([text], 'core', { HOME: '/h', T: '/t' }).map(formatVolume)).toEqual([expected]);
  });

  it('an empty value stands for none', () => {
    expect(parseVolumes([''])).toEqual([]);
  });

  it.each([
    [':/dst', 'expected SOURCE'],
    ['/a:/b:ro:more', 'expected SOURCE'],
    ['/a:b', 'absolute path'],
    ['/a:/b:rx', 'the option rx is not known'],
    ['/a:/etc', "part of the guest's own system"],
    ['/a:/', "part of the guest's own system"],
    ['/a:/b/../usr/', "part of the guest's own system"],
    ['/a:/usr/local', "part of the guest's own system"],
    ['/a:/var/db/pkg', "part of the guest's own system"],
    ['/a:/home/core', 'holds the keys'],
    ['/a:/root/.ssh/x', "part of the guest's own system"],
    ['$NOTHING:/b', 'expected SOURCE'],
    ['/a:/b\nc', 'control character'],
  ])('%j is refused', (text, reason) => {
    expect(() => parseVolumes([text])).toThrow(reason);
  });

  it('two volumes cannot have one target', () => {
    expect(() => parseVolumes(['/a:/t', '/b:/t'])).toThrow('two volumes have this target');
  });

  it('what is printed is what can be given', () => {
    const text = '/a:/b:ro';
    expect(parseVolumes([text]).map(formatVolume)).toEqual([text]);
  });

  it('on macOS the folders are those of podman', () => {
    expect(defaultVolumes('core', 'darwin').map(({ target }) => target)).toEqual([
      '/Users',
      '/private',
      '/var/folders',
    ]);
  });
});
