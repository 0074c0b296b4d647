import { existsSync } from 'node:fs';
import { access, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { standInUnavailable } from '../standin/requirements.ts';
import { eventually } from '../support/eventually.ts';
import { missing } from '../support/programs.ts';
import { podmanFolder } from './support/podman-client.ts';
import { standInImage } from './support/stand-in-image.ts';
import { MachineUser } from './support/user.ts';

const unavailable = standInUnavailable() ?? missing('ssh', 'scp', 'qemu-img', 'sgdisk', 'mformat', 'mke2fs');
/** Seconds; guests boot under emulation, on a host that has other things to do. */
const PATIENCE = ['--timeout', '500'];

describe.skipIf(unavailable !== undefined)('the life of two machines', () => {
  let user: MachineUser;
  let shared = '';

  beforeAll(async () => {
    const home = await mkdtemp(join(tmpdir(), 'podbsd-life-'));
    user = await MachineUser.make(home, [await podmanFolder(home)]);
    shared = join(home, 'shared');
    await mkdir(shared);
    await writeFile(join(shared, 'from-host'), 'hello\n');
    const image = join(home, 'image.raw');
    await standInImage(image);
    const common = [
      '--image',
      image,
      '--disk-size',
      '1',
      '--memory',
      '384',
      '--cpus',
      '1',
      '--network',
      'user',
    ];
    await user.ok('init', ...common, '-v', `${shared}:/srv/rw`, '-v', `${shared}:/srv/ro:ro`, 'one');
    await user.ok('init', ...common, '-v', '', '--rootful', 'two');
  });

  afterAll(async () => {
    await user.cleanUp();
    await rm(user.home, { recursive: true, force: true });
  });

  async function podman(...args: string[]): Promise<string> {
    return (await execa('podman', args, { env: user.env })).stdout;
  }

  async function pidOf(file: string): Promise<number> {
    return Number(await readFile(file, 'utf8'));
  }

  it('a start whose podbsd was killed is gone on with by the next; two starts at once start one guest', async () => {
    const { process: killed } = await user.started('start', ...PATIENCE, 'one');
    await eventually(() => access(user.paths('one').vmPid));
    killed.kill('SIGKILL');
    await killed;
    const qemu = await pidOf(user.paths('one').vmPid);
    expect(await user.state('one')).toBe('starting');

    const resumed = await user.run('start', ...PATIENCE, 'one');
    expect(resumed.exitCode, resumed.stderr).toBe(0);
    const starts = ['two', 'two'].map(async (name) => await user.run('start', ...PATIENCE, name));
    for (const { exitCode, stderr } of await Promise.all(starts)) expect(exitCode, stderr).toBe(0);
    expect(await pidOf(user.paths('one').vmPid)).toBe(qemu);
    expect(await user.state('one')).toBe('running');
    expect(await user.state('two')).toBe('running');
  });

  it('each phase was shown, and how to go on', async () => {
    const { stderr } = await user.ok('start', 'one');
    expect(stderr).toContain('one was running already');
    expect(stderr).toContain(`DOCKER_HOST=unix://${user.paths('one').apiSocket}`);
  });

  it.each([
    ['one', 'core'],
    ['one-root', 'root'],
    ['two', 'core'],
    ['two-root', 'root'],
  ])('podman reaches the API through the connection %s, as %s', async (connection, account) => {
    expect(await podman('--connection', connection, 'version', '--format', '{{.Server.Version}}')).toBe(
      '5.8.2',
    );
    const list = await podman('system', 'connection', 'list', '--format', '{{.Name}} {{.URI}}');
    expect(list).toMatch(new RegExp(`^${connection}\\*? ssh://${account}@127\\.0\\.0\\.1:`, 'm'));
  });

  it('others reach it through the socket, which is for its user alone', async () => {
    const { apiSocket } = user.paths('two');
    expect(await ping(apiSocket)).toBe('OK');
    expect((await stat(apiSocket)).mode & 0o077).toBe(0);
  });

  it('folders of the host are seen, and those for reading alone cannot be written', async () => {
    expect((await user.ok('ssh', 'one', 'cat', '/srv/rw/from-host')).stdout).toBe('hello');
    await user.ok('ssh', '--username', 'root', 'one', 'cp', '/etc/rc.conf', '/srv/rw/from-guest');
    expect(await readFile(join(shared, 'from-guest'), 'utf8')).toContain('sshd_enable');
    const refused = await user.run('ssh', '--username', 'root', 'one', 'touch', '/srv/ro/x');
    expect(refused.exitCode).not.toBe(0);
  });

  it('ssh is core or, in a rootful machine, root; exit codes come back; cp copies both ways', async () => {
    expect((await user.ok('ssh', 'one', 'id', '-un')).stdout).toBe('core');
    expect((await user.ok('ssh', 'two', 'id', '-un')).stdout).toBe('root');
    expect((await user.run('ssh', 'one', 'exit', '7')).exitCode).toBe(7);
    const file = join(user.home, 'a file');
    await writeFile(file, 'content');
    await user.ok('cp', file, 'one:/home/core/copied');
    await user.ok('cp', 'one:/home/core/copied', `${file} back`);
    expect(await readFile(`${file} back`, 'utf8')).toBe('content');
  });

  it('nothing listens beyond loopback', async () => {
    const tables = await Promise.all(['tcp', 'tcp6'].map((name) => readFile(`/proc/net/${name}`, 'utf8')));
    for (const name of ['one', 'two']) {
      const { sshPort } = JSON.parse(await readFile(user.paths(name).record, 'utf8')) as { sshPort: number };
      const port = sshPort.toString(16).toUpperCase().padStart(4, '0');
      const listening = tables.flatMap((table) => table.match(new RegExp(`\\S+:${port} \\S+ 0A`, 'g')) ?? []);
      expect(listening.map((line) => line.split(':')[0])).toEqual(['0100007F']);
    }
  });

  it('a forwarder that was killed comes back with the next start', async () => {
    process.kill(await pidOf(user.paths('one').forwardPid), 'SIGKILL');
    await user.ok('start', 'one');
    expect(await ping(user.paths('one').apiSocket)).toBe('OK');
  });

  it('a QEMU that was killed leaves a stopped machine, which starts again with its disk and its key', async () => {
    const hostKey = await readFile(user.paths('one').knownHosts, 'utf8');
    // What a guest has not written to its disk yet is lost as in a power cut.
    await user.ok('ssh', '--username', 'root', 'one', 'sync');
    process.kill(await pidOf(user.paths('one').vmPid), 'SIGKILL');
    await eventually(async () => expect(await user.state('one')).toBe('stopped'));
    expect(await user.state('two')).toBe('running');
    const { stderr } = await user.ok('start', ...PATIENCE, 'one');
    expect(stderr).toMatch(/firmware[^]*kernel[^]*sshd[^]*provisioned[^]*ready[^]*Machine one started/);
    expect((await user.ok('ssh', 'one', 'cat', '/home/core/copied')).stdout).toBe('content');
    expect(await readFile(user.paths('one').knownHosts, 'utf8')).toBe(hostKey);
    expect(await podman('--connection', 'one', 'version', '--format', '{{.Server.Version}}')).toBe('5.8.2');
  });

  it('stop shuts down, and ends the helpers', async () => {
    expect((await user.ok('stop', '--timeout', '200', 'one')).stderr).toContain('Machine one shut down.');
    expect(existsSync(user.paths('one').apiSocket)).toBe(false);
    expect((await user.ok('logs', '--tail', '5', 'one')).stdout).toContain('Power down');
  });

  it('rm takes back what podman was told of this machine, and leaves the other', async () => {
    expect((await user.run('rm', 'two')).exitCode).not.toBe(0);
    await user.ok('rm', '--force', 'two');
    const list = await podman('system', 'connection', 'list', '--format', '{{.Name}}');
    expect(list.replaceAll('*', '').split('\n').sort()).toEqual(['one', 'one-root']);
    const pinned = await readFile(join(user.home, '.ssh/known_hosts'), 'utf8');
    expect(pinned.trim().split('\n')).toHaveLength(1);
    expect((await user.ok('list', '-q')).stdout).toBe('one');
  });
});

async function ping(socketPath: string): Promise<string> {
  return await new Promise((resolve, reject) => {
    const asked = request({ socketPath, path: '/_ping', agent: false, timeout: 30_000 }, (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => (body += chunk.toString()));
      response.on('end', () => resolve(body));
    });
    asked.on('timeout', () => asked.destroy(new Error('no answer')));
    asked.on('error', reject);
    asked.end();
  });
}
