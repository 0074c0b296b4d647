import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../../ignition/src/config/parse.ts';
import { Contents } from '../../../ignition/src/freebsd/contents.ts';
import { freshGuest } from '../support/freebsd.ts';

const version = '3.2.0';

function text(parts: object, references?: object): string {
  return JSON.stringify({ ignition: { version, ...(references && { config: references }) }, ...parts });
}

const inUrl = (config: string): object => ({ source: `data:,${encodeURIComponent(config)}` });
const inBase64 = (config: string): object => ({
  source: `data:;base64,${Buffer.from(config).toString('base64')}`,
});
const packed = (config: string): object => ({
  source: `data:;base64,${gzipSync(config).toString('base64')}`,
  compression: 'gzip',
});

function parse(config: string) {
  const contents = new Contents(freshGuest().system);
  return parseConfig(config, (resource) => contents.text(resource));
}

const user = (parts: object): object => ({ passwd: { users: [{ name: 'core', ...parts }] } });
const file = (path: string, contents: string): object => ({
  path,
  contents: { source: `data:,${contents}` },
});

describe('configs in data: URLs', () => {
  it.each([
    ['as text', inUrl],
    ['in base64', inBase64],
    ['packed', packed],
  ])('are merged: %s', (_how, wrap) => {
    const child = text(user({ uid: 5, sshAuthorizedKeys: ['b'], groups: ['wheel'] }));
    const parent = text(user({ uid: 4, gecos: 'me', sshAuthorizedKeys: ['a'] }), { merge: [wrap(child)] });
    expect(parse(parent)).toMatchObject({
      errors: [],
      config: {
        ignition: { remoteConfigs: [] },
        passwd: { users: [{ uid: 5, gecos: 'me', sshAuthorizedKeys: ['a', 'b'], groups: ['wheel'] }] },
      },
    });
  });

  it('are merged in their order, each with its own children first', () => {
    const grandchild = text({ storage: { files: [file('/a', 'grandchild'), file('/b', 'grandchild')] } });
    const first = text({ storage: { files: [file('/a', 'first')] } }, { merge: [packed(grandchild)] });
    const second = text({ storage: { files: [file('/c', 'second')] } });
    const { config } = parse(text({}, { merge: [inUrl(first), inBase64(second)] }));
    expect(config?.storage.files.map(({ path, contents }) => `${path} ${contents?.source ?? ''}`)).toEqual([
      '/a data:,grandchild',
      '/b data:,grandchild',
      '/c data:,second',
    ]);
  });

  it('put a file in the place of a link, and add to what is appended', () => {
    const append = [{ source: 'data:,x' }];
    const parent = { files: [{ path: '/f', append }], links: [{ path: '/x', target: '/y' }] };
    const child = { files: [{ path: '/f', append }, file('/x', 'z')] };
    const { config } = parse(text({ storage: parent }, { merge: [inUrl(text({ storage: child }))] }));
    expect(config?.storage.links).toEqual([]);
    expect(config?.storage.files.map(({ path, append: added }) => [path, added.length])).toEqual([
      ['/f', 2],
      ['/x', 0],
    ]);
  });

  it('replace all of a config', () => {
    const inner = text(user({ uid: 7 }));
    const { config } = parse(text(user({ uid: 6, gecos: 'gone' }), { replace: packed(inner) }));
    expect(config?.passwd.users).toMatchObject([{ name: 'core', uid: 7 }]);
    expect(config?.passwd.users[0]).not.toHaveProperty('gecos');
  });

  it('keep a reference that would have to be fetched, wherever it stands', () => {
    const child = text({}, { merge: [{ source: 'https://example.com/' }] });
    expect(parse(text({}, { merge: [inUrl(child)] })).config?.ignition.remoteConfigs).toMatchObject([
      { source: 'https://example.com/', pointer: '/ignition/config/merge/0' },
    ]);
  });

  it.each([
    ['not JSON', { source: 'data:,x' }, /not JSON/],
    ['of another specification', inUrl('{"ignition":{"version":"2.0.0"}}'), /in it at \/ignition\/version/],
    [
      'broken in itself',
      inUrl(text({ storage: { files: [{ path: 'x' }] } })),
      /in it at \/storage\/files\/0\/path/,
    ],
    ['no gzip', { source: 'data:,x', compression: 'gzip' }, /not in gzip format/],
    [
      'of another hash',
      { ...inUrl(text({})), verification: { hash: `sha256-${'0'.repeat(64)}` } },
      /have the sha256 hash/,
    ],
  ])('are refused with their place when they are %s', (_what, reference, reason) => {
    const { config, errors } = parse(text({}, { merge: [inUrl(text({})), reference] }));
    expect(config).toBeUndefined();
    expect(errors).toMatchObject([{ pointer: '/ignition/config/merge/1' }]);
    expect(errors[0]?.message).toMatch(reason);
  });

  it('are refused when only together they are wrong', () => {
    const child = text({ storage: { files: [file('/l/f', 'x')] } });
    const parent = text({ storage: { links: [{ path: '/l', target: '/t' }] } }, { merge: [inUrl(child)] });
    expect(parse(parent)).toMatchObject({ config: undefined, errors: [{ pointer: '/storage/files/0' }] });
  });
});
