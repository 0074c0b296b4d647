import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/ground/assets.ts';
import { standInImage } from '../machine/support/stand-in-image.ts';
import { MachineUser } from '../machine/support/user.ts';
import { standInUnavailable } from '../standin/requirements.ts';
import { missing } from '../support/programs.ts';

const wanted = process.env['PODBSD_E2E'] === 'all';
const unavailable =
  standInUnavailable() ??
  missing('ssh', 'sgdisk', 'mformat', 'mke2fs') ??
  (wanted ? undefined : 'only npm run test:e2e takes the time');
const doubles = join(packageRoot, 'test/doubles/bhyve-machine');

describe.skipIf(unavailable !== undefined)('a guest under bhyve', () => {
  let user: MachineUser;
  let shared = '';

  beforeAll(async () => {
    const home = await mkdtemp(join(tmpdir(), 'podbsd-bhyve-'));
    user = await MachineUser.make(home, [join(doubles, 'with-qemu'), join(doubles, 'bin')]);
    user.env['VMM_STATE'] = join(home, 'vmm');
    await mkdir(join(home, 'vmm'));
    shared = join(home, 'shared');
    await mkdir(shared);
    await writeFile(join(shared, 'from-host'), 'hello\n');
    const image = join(home, 'image.raw');
    await standInImage(image);
    const size = ['--disk-size', '1', '--memory', '384', '--cpus', '1'];
    await user.ok(
      'init',
      '--provider',
      'bhyve',
      '--image',
      image,
      ...size,
      '-v',
      `${shared}:/srv/ro:ro`,
      'one',
    );
  });

  afterAll(async () => {
    await user.cleanUp();
    await rm(user.home, { recursive: true, force: true });
  });

  it('gets its config, its shares and its ports, as under QEMU', async () => {
    const { stderr } = await user.ok('start', '--timeout', '500', 'one');
    expect(stderr).toMatch(/firmware[^]*kernel[^]*sshd[^]*provisioned[^]*ready[^]*Machine one started/);
    expect((await user.ok('ssh', 'one', 'cat', '/srv/ro/from-host')).stdout).toBe('hello');
    expect((await user.run('ssh', '--username', 'root', 'one', 'touch', '/srv/ro/x')).exitCode).not.toBe(0);
    expect((await stat(user.paths('one').apiSocket)).isSocket()).toBe(true);
  });

  it('is told that it has no gvproxy, or its podman could not publish ports', async () => {
    const markers = ['/etc/podman-machine', '/etc/containers/podman-machine'];
    expect((await user.ok('ssh', 'one', 'cat', ...markers)).stdout).toBe('wsl\nwsl');
  });

  // That it is run again when its guest restarts is in test/machine/provider/bhyve/bhyve.test.ts, without a boot.
  it('shuts down when it is told to', async () => {
    expect((await user.ok('stop', '--timeout', '200', 'one')).stderr).toContain('Machine one shut down.');
  });
});
