import { describe, expect, it } from 'vitest';
import { parseReport } from '../../src/alpine/guest/address.ts';
import { parseVmList } from '../../src/alpine/guest/state.ts';

describe('parseVmList', () => {
  const listing = `NAME      DATASTORE  LOADER  CPU  MEMORY  VNC  AUTO     STATE
docker    default    grub    2    2G      -    Yes [1]  Running (4711)
docker-2  default    grub    2    2G      -    No       Stopped
web       default    grub    2    2G      -    No       Bootloader (99)
far       default    grub    2    2G      -    No       Locked (other.example.org)`;
  it.each([
    ['docker', 'running'],
    ['docker-2', 'stopped'],
    ['web', 'bootloader'],
    ['far', 'locked'],
    ['none', 'unknown'],
  ])('%s is %s', (name, state) => {
    expect(parseVmList(listing, name)).toBe(state);
  });
});

describe('parseReport', () => {
  it('takes whole lines only, and addresses only where they are some', () => {
    expect(parseReport('podbsd 1 addresses=192.0.2.5,2001:db8::1,x;rm sshd=ready engine=none')).toEqual({
      ...{ addresses: ['192.0.2.5', '2001:db8::1'], sshd: 'ready', engine: 'none' },
    });
    for (const line of [
      '',
      'sd 1 addresses=192.0.2.5 sshd=ready engine=none',
      'podbsd 1 addresses=192.0.2.5 sshd=re',
    ])
      expect(parseReport(line)).toBeUndefined();
  });
});
