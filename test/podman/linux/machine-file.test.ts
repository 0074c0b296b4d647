import { describe, expect, it } from 'vitest';
import { readWritable, writableTags } from '../../../src/podman/linux/machine-file.ts';
import { shareTag } from '../../../src/vm/share.ts';

describe('writableTags', () => {
  it('finds the volumes that were given without :ro, by the tag that podman has or would have', () => {
    const json = JSON.stringify({
      Mounts: [
        {
          OriginalInput: '/home/me:/home/me',
          ReadOnly: false,
          Source: '/home/me',
          Tag: '',
          Target: '/home/me',
          Type: 'virtiofs',
        },
        {
          OriginalInput: '/srv:/data:ro',
          ReadOnly: true,
          Source: '/srv',
          Tag: '',
          Target: '/data',
          Type: 'virtiofs',
        },
      ],
    });
    expect(writableTags(json)).toEqual(new Set([shareTag('/home/me')]));
    const tagged = JSON.stringify({ Mounts: [{ ReadOnly: false, Tag: 'b2d9', Target: '/x' }] });
    expect(writableTags(tagged)).toEqual(new Set(['b2d9', shareTag('/x')]));
  });

  it.each(['{}', '{"Mounts":null}', '{"Mounts":[{}]}'])('finds none in %s', (json) => {
    expect(writableTags(json)).toEqual(new Set());
  });
});

describe('readWritable', () => {
  const failing = (code: string) => (): string => {
    throw Object.assign(new Error(code), { code });
  };

  it('leaves folders as podman mounts them where there is no description', () => {
    expect(readWritable(undefined)).toEqual({ writable: 'all' });
    expect(readWritable('/m/bsd.json', failing('ENOENT'))).toEqual({ writable: 'all' });
  });

  it.each([
    ['may not be opened', failing('EACCES'), 'this user may not open it'],
    ['is cut off', () => '{"Mounts":[', 'JSON'],
    ['is empty', () => '', 'JSON'],
    ['is something else', () => 'null', '/m/bsd.json'],
  ])('makes all read-only, with a notice, where the description %s', (_what, read, reason) => {
    const { writable, notice } = readWritable('/m/bsd.json', read);
    expect(writable).toEqual(new Set());
    expect(notice).toMatch(/^all shared folders are read-only: \/m\/bsd\.json /);
    expect(notice).toContain(reason);
  });
});

it('shareTag is what podman 5.4.2 passes to QEMU', () => {
  // printf /home/me | sha256sum | cut -c 1-36
  expect(shareTag('/home/me')).toHaveLength(36);
  expect(shareTag('')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae');
});
