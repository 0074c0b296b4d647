import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, describe, expect, it } from 'vitest';
import { until } from '../../src/ground/until.ts';
import { buildDisk, type ChangeGuest } from '../standin/disk.ts';
import { standInDiskUnavailable } from '../standin/requirements.ts';
import { missing } from '../support/programs.ts';
import { podman54Unprepared } from './clients.ts';
import { pingApi } from './ping.ts';
import { Workspace, type Outcome } from './workspace.ts';

const TIMEOUT = 1_200_000;

/** Stands where provisioning begins and makes it 120 s longer. */
const slowScript = `#!/bin/sh
# PROVIDE: podbsd_slow
# REQUIRE: podbsd_storage
# BEFORE: podbsd_provision

. /etc/rc.subr

name="podbsd_slow"
start_cmd="sleep 120"
stop_cmd=":"

load_rc_config $name
run_rc_command "$1"
`;

const unavailable = standInDiskUnavailable() ?? missing('setpriv', 'useradd', 'ssh', 'ssh-keygen');
const wanted = process.env['PODBSD_E2E'] === 'all' && process.env['PODBSD_IMAGE'] === undefined;

describe.skipIf(!wanted || unavailable !== undefined)('stock podman 5.4.2 in trouble', () => {
  let folder = '';
  let workspace: Workspace;

  afterEach(async () => {
    await workspace.remove();
    await rm(folder, { recursive: true, force: true });
  });

  /** Starts a machine with one shared folder, on a host without podbsd's helpers. */
  async function start(change?: ChangeGuest): Promise<Outcome> {
    folder = await mkdtemp(join(tmpdir(), 'pe2e-image-'));
    await chmod(folder, 0o755);
    const raw = await buildDisk(folder, change);
    const image = join(folder, 'trouble.qcow2');
    await execa('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', raw, image]);
    workspace = await Workspace.create(podman54Unprepared);
    const data = await workspace.sharedFolder('data');
    const size = ['--cpus', '1', '--memory', '1024', '--disk-size', '10', '--timezone', 'UTC'];
    const volumes = ['-v', `${data}:/srv/data`, '-v', `${data}:/srv/more`];
    const made = await workspace.podman('machine', 'init', '--image', image, ...size, ...volumes, 'trouble');
    expect(made.code, made.err).toBe(0);
    return await workspace.podman('machine', 'start', 'trouble');
  }

  it(
    'without podbsd setup-podman it starts and says once that folders are not shared, and how to share them',
    async () => {
      const started = await start();
      expect(started.code, `${started.out}\n${started.err}`).toBe(0);
      const notices = `${started.out}\n${started.err}`.match(/not shared with this machine/g);
      expect(notices, `${started.out}\n${started.err}\n${await workspace.console()}`).toHaveLength(1);
      expect(started.err).toContain('podbsd setup-podman');
      // No empty folder that a container could bind by mistake.
      expect((await workspace.podman('machine', 'ssh', 'trouble', 'ls -d /srv/data')).code).not.toBe(0);
      expect((await workspace.podman('machine', 'stop', 'trouble')).code).toBe(0);
    },
    TIMEOUT,
  );

  it(
    'a guest whose provisioning takes two minutes is reached through the API: gvproxy has not given up',
    async () => {
      const started = await start(async (root) => {
        const script = join(root, 'usr/local/etc/rc.d/podbsd_slow');
        await writeFile(script, slowScript, { mode: 0o755 });
      });
      expect(started.code, `${started.out}\n${started.err}\n${await workspace.console()}`).toBe(0);
      const socket = podman54Unprepared.apiSocket(workspace, 'trouble');
      const answer = (): Promise<string | undefined> => pingApi(socket).catch(() => undefined);
      expect(await until(answer, { every: 1_000, within: 60_000 })).toBe('OK');
      expect((await workspace.podman('machine', 'stop', 'trouble')).code).toBe(0);
    },
    TIMEOUT,
  );

  it(
    'a guest that cannot be provisioned ends the start with the reason',
    async () => {
      const started = await start(async (root) => {
        await writeFile(
          join(root, 'usr/local/sbin/visudo'),
          '#!/bin/sh\necho "no space left on device" >&2\nexit 1\n',
        );
      });
      expect(started.code).not.toBe(0);
      expect(`${started.out}\n${started.err}`).toMatch(
        /this machine is not provisioned: .*no space left on device/,
      );
    },
    TIMEOUT,
  );
});
