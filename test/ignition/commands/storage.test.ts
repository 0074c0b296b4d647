import { beforeEach, describe, expect, it } from 'vitest';
import { prepareStorage } from '../../../ignition/src/commands/storage.ts';
import { freshGuest, type Guest } from '../support/freebsd.ts';

const settings = '/usr/local/etc/containers/storage.conf';

let guest: Guest;
let datasets: Map<string, { mountpoint: string; mounted: boolean }>;

beforeEach(() => {
  guest = freshGuest();
});

/** zfs(8) with a pool of the root file system, as strict as the agent can see. */
function withZfs(): void {
  datasets = new Map();
  guest.system.programs.set('/sbin/zfs', ([, ...args]) => {
    const [verb] = args;
    const name = args.at(-1) ?? '';
    const dataset = datasets.get(name);
    if (verb === 'list' && name === '/') return { code: 0, out: 'zroot/ROOT/default\n', err: '' };
    if (verb === 'create' && args[1] === '-o' && dataset === undefined) {
      datasets.set(name, { mountpoint: (args[2] ?? '').replace('mountpoint=', ''), mounted: true });
      return { code: 0, out: '', err: '' };
    }
    if (dataset === undefined)
      return { code: 1, out: '', err: `cannot open '${name}': dataset does not exist\n` };
    if (verb === 'mount') dataset.mounted = true;
    return {
      code: 0,
      out: verb === 'list' ? `${dataset.mounted ? 'yes' : 'no'}\t${dataset.mountpoint}\n` : '',
      err: '',
    };
  });
}

describe('storage on ZFS', () => {
  beforeEach(withZfs);

  it('makes a dataset on the first boot and mounts it on later ones', () => {
    expect(prepareStorage(guest.system)).toBe(0);
    expect(datasets.get('zroot/containers')).toEqual({ mountpoint: '/var/db/containers', mounted: true });
    expect(guest.system.readText(settings)).toContain('driver = "zfs"');
    datasets.set('zroot/containers', { mountpoint: '/var/db/containers', mounted: false });
    expect(prepareStorage(guest.system)).toBe(0);
    expect(datasets.get('zroot/containers')?.mounted).toBe(true);
  });

  it('says so when it cannot', () => {
    guest.system.programs.set('/sbin/zfs', ([, ...args]) =>
      args.at(-1) === '/'
        ? { code: 0, out: 'zroot\n', err: '' }
        : { code: 1, out: '', err: 'out of space\n' },
    );
    expect(prepareStorage(guest.system)).toBe(1);
    expect(guest.system.readText('/dev/console')).toMatch(/storage could not be prepared: .*out of space/);
  });
});

describe('storage on UFS', () => {
  it('is a plain folder with the driver vfs', () => {
    expect(prepareStorage(guest.system)).toBe(0);
    expect(guest.system.lstat('/var/db/containers')).toMatchObject({
      type: 'directory',
      mode: 0o700,
      uid: 0,
    });
    expect(guest.system.readText(settings)).toContain('driver = "vfs"');
  });

  it('takes the place of the unchanged sample of the package, and of nothing else', () => {
    guest.system.put(`${settings}.sample`, '[storage]\ndriver = "zfs"\n');
    guest.system.put(settings, '[storage]\ndriver = "zfs"\n');
    prepareStorage(guest.system);
    expect(guest.system.readText(settings)).toContain('driver = "vfs"');
    guest.system.put(settings, '[storage]\ndriver = "zfs"\n# mine\n');
    prepareStorage(guest.system);
    expect(guest.system.readText(settings)).toBe('[storage]\ndriver = "zfs"\n# mine\n');
  });
});
