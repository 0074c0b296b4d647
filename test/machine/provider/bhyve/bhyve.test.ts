import { mkdir, mkdtemp, readFile, readdir, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../../../src/ground/assets.ts';
import { mbrSector } from '../../../disk/sample-disk.ts';
import { eventually } from '../../../support/eventually.ts';
import { MachineUser } from '../../support/user.ts';

let user: MachineUser;
let state = '';
let image = '';

beforeAll(async () => {
  const home = await mkdtemp(join(tmpdir(), 'podbsd-bhyve-'));
  state = join(home, 'vmm');
  await mkdir(state);
  user = await MachineUser.make(home, [join(packageRoot, 'test/doubles/bhyve-machine/bin')]);
  user.env['VMM_STATE'] = state;
  image = join(home, 'image.raw');
  const sector = mbrSector(0xa5);
  sector.write('boots');
  await writeFile(image, sector);
  await truncate(image, 1024 * 1024);
});

afterAll(async () => {
  await user.cleanUp();
  await rm(user.home, { recursive: true, force: true });
});

/** Starts the machine, whose guest says that it is ready but has no sshd: the start ends when its time is over. */
async function start(): Promise<string> {
  const { exitCode, stderr } = await user.run('start', '--timeout', '1', 'one');
  expect(exitCode, stderr).toBe(16);
  return stderr;
}

async function calls(): Promise<string[]> {
  return (await readFile(join(state, 'calls'), 'utf8').catch(() => '')).split('\n').slice(0, -1);
}

async function type(text: string): Promise<void> {
  const socket = connect(user.paths('one', 'bhyve').consoleSocket);
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.write(text, () => resolve());
  });
  socket.end();
}

// One machine, in the order of its life: each command of podbsd takes as long as all that it does here.
describe('a machine under bhyve', () => {
  it('has a raw disk, made without qemu-img, and grows it', async () => {
    const options = ['--image', image, '--provider', 'bhyve', '--disk-size', '1', '-v', ''];
    await user.ok('init', ...options, '--cpus', '2', '--memory', '512', 'one');
    const { disk } = user.paths('one', 'bhyve');
    expect(disk).toMatch(/\.raw$/);
    expect((await readFile(disk)).subarray(0, 5).toString()).toBe('boots');
    expect((await stat(disk)).size).toBe(1024 ** 3);
    await user.ok('set', '--disk-size', '2', 'one');
    expect((await stat(disk)).size).toBe(2 * 1024 ** 3);
    expect((await user.ok('list')).stdout).toMatch(/^one +stopped +bhyve /m);
  });

  it('cannot be given what bhyve cannot do', async () => {
    const options = ['--image', image, '--provider', 'bhyve', '-v', ''];
    const refused = await user.run('init', ...options, '--network', 'gvproxy', 'two');
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toContain('gvproxy does not work with bhyve');
    expect((await user.run('set', '--network', 'gvproxy', 'one')).exitCode).toBe(2);
    expect((await user.run('start', '--provider', 'qemu', 'one')).exitCode).toBe(2);
    const comma = join(user.home, 'a,b');
    await mkdir(comma);
    await user.ok('set', '-v', comma, 'one');
    expect((await user.run('start', 'one')).stderr).toContain('it contains a comma');
    await user.ok('set', '-v', '', 'one');
  });

  it('of a user without the right to it says what is needed', async () => {
    const sign = join(state, 'unprivileged');
    await writeFile(sign, '');
    const { exitCode, stderr } = await user.run('start', 'one');
    await rm(sign);
    expect(exitCode).toBe(10);
    expect(stderr).toContain("can't load vmm: Operation not permitted");
    expect(stderr).toContain('edk2-bhyve and libslirp');
    expect(await user.state('one')).toBe('stopped');
    expect(await calls()).toEqual([]);
  });

  it('is started, watched and stopped as one under QEMU; two starts at once start one', async () => {
    user.env['https_proxy'] = 'http://proxy.example:3128';
    for (const said of await Promise.all([start(), start()])) expect(said).toContain('firmware');
    delete user.env['https_proxy'];
    expect(await user.state('one')).toBe('running');
    expect((await user.ok('logs', 'one')).stdout).toContain('FreeBSD/amd64 (double)');
    const [call = '', ...more] = await calls();
    expect(more).toEqual([]);
    expect(call).toContain('-c 2 -m 512M -H -u');
    expect(call).toContain(`-s 2,virtio-blk,${user.paths('one', 'bhyve').disk}`);
    // The host's proxies, handed over in a file.
    expect(call).toContain('-f name=opt/com.coreos/environment,file=');
    expect((await user.ok('stop', 'one')).stderr).toContain('Machine one shut down.');
    expect(await user.state('one')).toBe('stopped');
    expect(await readdir(join(state, 'vm'))).toEqual([]);
    expect((await user.ok('logs', 'one')).stdout).toContain('Power down');
  });

  it('is run again when its guest restarts, and not when it halts', async () => {
    const before = (await calls()).length;
    await start();
    // There are no proxies by now.
    expect((await calls()).at(-1)).not.toContain('com.coreos/environment');
    await type('reboot\n');
    await eventually(async () => expect(await calls()).toHaveLength(before + 2));
    await eventually(async () =>
      expect(await readFile(user.paths('one').ready, 'utf8')).toBe('Ready\nReady\n'),
    );
    expect(await user.state('one')).toBe('running');
    await type('halt\n');
    await eventually(async () => expect(await user.state('one')).toBe('stopped'));
    expect(await calls()).toHaveLength(before + 2);
    expect(await readdir(join(state, 'vm'))).toEqual([]);
  });

  it('whose podbsd in the background was killed starts again', async () => {
    await start();
    process.kill(Number(await readFile(user.paths('one').vmPid, 'utf8')), 'SIGKILL');
    await eventually(async () => expect(await user.state('one')).toBe('stopped'));
    expect(await readdir(join(state, 'vm'))).toHaveLength(1);
    await start();
    expect(await user.state('one')).toBe('running');
    expect(await readdir(join(state, 'vm'))).toHaveLength(1);
  });

  it("is one machine, wherever a user's sessions have their folders for sockets; one that does not shut down is forced off", async () => {
    const before = await calls();
    const first = user.env['XDG_RUNTIME_DIR'] ?? '';
    user.env['XDG_RUNTIME_DIR'] = join(user.home, 'other');
    expect(await user.state('one')).toBe('running');
    await start();
    expect(await calls()).toEqual(before);
    const [inspected] = JSON.parse((await user.ok('inspect', 'one')).stdout) as [
      { ConnectionInfo: { PodmanSocket: { Path: string } } },
    ];
    expect(inspected.ConnectionInfo.PodmanSocket.Path).toBe(join(first, 'podbsd/one/api.sock'));
    // The first session ends, and its folder goes.
    await rm(first, { recursive: true });
    expect(await user.state('one')).toBe('running');
    await start();
    expect(await calls()).toEqual(before);
    expect((await user.ok('stop', '--timeout', '1', 'one')).stderr).toContain('forced off');
    expect(await readdir(join(state, 'vm'))).toEqual([]);
    await start();
    expect((await stat(join(user.home, 'other/podbsd/one/console.sock'))).isSocket()).toBe(true);
    expect((await user.ok('stop', '--timeout', '0', 'one')).stderr).toContain('forced off');
    expect(await readdir(join(state, 'vm'))).toEqual([]);
  });
});
