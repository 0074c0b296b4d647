import * as fs from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { packageRoot } from '../../src/ground/assets.ts';
import { findQemu } from '../../src/podman/apple/qemu-parts.ts';
import { standInImage } from '../machine/support/stand-in-image.ts';
import { FakePodman } from '../podman/apple/fake-podman.ts';
import { installStandIns } from '../podman/apple/installed.ts';
import { standInDiskUnavailable } from '../standin/requirements.ts';
import { eventually } from '../support/eventually.ts';
import { missing } from '../support/programs.ts';
import { tempDir } from '../support/temp-dir.ts';

const wanted = process.env['PODBSD_E2E'] === 'all';
const unavailable =
  standInDiskUnavailable() ??
  missing('perl') ??
  (wanted ? undefined : 'only npm run test:e2e takes the time');

// Real QEMU, the stand-in guest, and what podman 5.8.3 says to vfkit; gvproxy's end of datagrams is a double. All that
// needs no guest is in test/podman/apple.
describe.skipIf(unavailable !== undefined)("a guest that podman's Apple providers boot", () => {
  it('reads its config, says Ready, reaches gvproxy, and goes by its power button', async () => {
    const folder = await fs.realpath(await tempDir());
    await installStandIns(join(folder, 'helpers'));
    const image = join(folder, 'image.raw');
    await standInImage(image);
    const podman = new FakePodman({
      client: '5.8.3-applehv',
      home: join(folder, 'home'),
      tmp: join(folder, 'T'),
      helpers: join(folder, 'helpers'),
      gvproxy: ['perl', join(packageRoot, 'test/podman/apple/double/gvproxy.pl')],
      env: {
        PATH: process.env['PATH'],
        PODBSD_QEMU: findQemu('amd64', process.env),
        PODBSD_ACCEL: 'tcg',
      },
    });
    onTestFinished(() => podman.close());
    await podman.init(image);
    await podman.start();
    expect(await podman.state()).toBe('VirtualMachineStateRunning');
    const traffic = await fs.readFile(join(podman.runtime, 'gvproxy.log'), 'utf8');
    expect(traffic).toMatch(/^greeted from .*\nframe of \d+\n/);
    await podman.stop();
    const log = await fs.readFile(podman.log, 'utf8');
    expect(log).toContain('Power down');
    // Its port is closed a moment before it ends.
    await eventually(() => expect(podman.helper?.exitCode).toBe(0));
    await podman.remove();
    await eventually(async () => {
      expect(await fs.readdir(podman.data)).toEqual([]);
      expect(await fs.readdir(podman.runtime)).toEqual([]);
    });
  });
});
