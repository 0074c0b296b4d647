import { describe, expect, it } from 'vitest';
import { readOnlyTags, volumeTag } from '../../../src/podman/linux/machine-file.ts';

describe('readOnlyTags', () => {
  it('finds the volumes that were given with :ro', () => {
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
    expect(readOnlyTags(json)).toEqual(new Set([volumeTag('/data')]));
  });

  it.each(['{}', '{"Mounts":null}', '{"Mounts":[{}]}'])('finds none in %s', (json) => {
    expect(readOnlyTags(json)).toEqual(new Set());
  });
});

it('volumeTag is what podman 5.4.2 passes to QEMU', () => {
  // printf /home/me | sha256sum | cut -c 1-36
  expect(volumeTag('/home/me')).toHaveLength(36);
  expect(volumeTag('')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae');
});
