import { describe, expect, it } from 'vitest';
import { agent } from '../../../ignition/src/agent.ts';
import { Errno, SystemError } from '../../../ignition/src/system/system.ts';
import { fixture } from '../support/fixtures.ts';
import { freshGuest } from '../support/freebsd.ts';

describe('plan in a guest', () => {
  it('works for the machine’s user, who cannot read master.passwd', () => {
    const { system } = freshGuest();
    system.put('/home/core/machine.ign', fixture('podman-5.8.2'));
    const accounts = `${system.readText('/etc/master.passwd') ?? ''}old:*:1777:1777::0:0::/home/old:/bin/sh\n`;
    system.programs.set('/usr/sbin/pw', (argv) =>
      argv.slice(1).join(' ') === 'usershow -a'
        ? { code: 0, out: accounts, err: '' }
        : { code: 77, out: '', err: 'pw: you must be root\n' },
    );
    const read = system.readText.bind(system);
    system.readText = (path) => {
      if (path === '/etc/master.passwd')
        throw new SystemError('read', path, Errno.EACCES, 'Permission denied');
      return read(path);
    };
    const before = system.listing();
    expect(agent(system, ['podbsd-agent', 'plan', '--config', '/home/core/machine.ign'])).toBe(0);
    expect(system.stderr).toBe('');
    expect(system.stdout).toContain('  give user old the number 1001 instead of 1777\n');
    expect(system.listing()).toEqual(before);
  });
});
