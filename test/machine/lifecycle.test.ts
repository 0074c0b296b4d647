import { existsSync } from 'node:fs';
import { access, mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
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
const SERVER_VERSION = ['version', '--format', '{{.Server.Version}}'];

// Two boots of one machine; what takes a second one beside it is in test/e2e/two-machines.test.ts. Logins are few, as
// each keeps the emulated processor busy for seconds.
describe.skipIf(unavailable !== undefined)('the life of a machine', () => {
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
    const size = ['--disk-size', '1', '--memory', '384', '--cpus', '1'];
    const volumes = ['-v', `${shared}:/srv/rw`, '-v', `${shared}:/srv/ro:ro`];
    await user.ok('init', '--image', image, ...size, '--network', 'user', ...volumes, 'one');
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

  /** Two starts at the same moment, which both succeed; what they have said. */
  async function startTwice(): Promise<string> {
    const starts = ['one', 'one'].map(async (name) => await user.run('start', ...PATIENCE, name));
    const ended = await Promise.all(starts);
    for (const { exitCode, stderr } of ended) expect(exitCode, stderr).toBe(0);
    expect(await user.state('one')).toBe('running');
    return ended.map(({ stderr }) => stderr).join('\n');
  }

  it('a start whose podbsd was killed is gone on with by the next, also by two at once', async () => {
    const { process: killed } = await user.started('start', ...PATIENCE, 'one');
    await eventually(() => access(user.paths('one').vmPid));
    killed.kill('SIGKILL');
    await killed;
    const qemu = await pidOf(user.paths('one').vmPid);
    expect(await user.state('one')).toBe('starting');

    expect(await startTwice()).toContain('Machine one started');
    expect(await pidOf(user.paths('one').vmPid)).toBe(qemu);
    expect((await user.ok('list')).stdout).toMatch(/^one +running +qemu /m);
  });

  it('podman reaches the API through its connection, and has one for root besides', async () => {
    expect(await podman('--connection', 'one', ...SERVER_VERSION)).toBe('5.8.2');
    const list = await podman('system', 'connection', 'list', '--format', '{{.Name}} {{.URI}}');
    expect(list).toMatch(/^one\*? ssh:\/\/core@127\.0\.0\.1:/m);
    expect(list).toMatch(/^one-root\*? ssh:\/\/root@127\.0\.0\.1:/m);
  });

  it('others reach it through the socket, which is for its user alone', async () => {
    const { apiSocket } = user.paths('one');
    expect(await ping(apiSocket)).toBe('OK');
    expect((await stat(apiSocket)).mode & 0o077).toBe(0);
  });

  it('ssh is core, sees the folders of the host, and brings exit codes back', async () => {
    const { stdout, exitCode } = await user.run('ssh', 'one', 'id -un; cat /srv/rw/from-host; exit 7');
    expect(stdout).toBe('core\nhello');
    expect(exitCode).toBe(7);
  });

  it('cp copies both ways', async () => {
    const file = join(user.home, 'a file');
    await writeFile(file, 'content');
    await user.ok('cp', file, 'one:/home/core/copied');
    await user.ok('cp', 'one:/home/core/copied', `${file} back`);
    expect(await readFile(`${file} back`, 'utf8')).toBe('content');
  });

  it('nothing listens beyond loopback', async () => {
    const tables = await Promise.all(['tcp', 'tcp6'].map((name) => readFile(`/proc/net/${name}`, 'utf8')));
    const { sshPort } = JSON.parse(await readFile(user.paths('one').record, 'utf8')) as { sshPort: number };
    const port = sshPort.toString(16).toUpperCase().padStart(4, '0');
    const listening = tables.flatMap((table) => table.match(new RegExp(`\\S+:${port} \\S+ 0A`, 'g')) ?? []);
    expect(listening.map((line) => line.split(':')[0])).toEqual(['0100007F']);
  });

  it('a forwarder that was killed comes back with the next start, which says how to go on', async () => {
    process.kill(await pidOf(user.paths('one').forwardPid), 'SIGKILL');
    const { stderr } = await user.ok('start', 'one');
    expect(stderr).toContain('one was running already');
    expect(stderr).toContain(`DOCKER_HOST=unix://${user.paths('one').apiSocket}`);
    expect(await ping(user.paths('one').apiSocket)).toBe('OK');
  });

  it('root writes into a folder of the host, and not into one for reading alone', async () => {
    // What a guest has not written to its disk yet is lost as in a power cut: the next test cuts it.
    const command = 'sync; cp /etc/rc.conf /srv/rw/from-guest && ! touch /srv/ro/x';
    await user.ok('ssh', '--username', 'root', 'one', command);
    expect(await readFile(join(shared, 'from-guest'), 'utf8')).toContain('sshd_enable');
    expect(existsSync(join(shared, 'x'))).toBe(false);
  });

  it('a QEMU that was killed leaves a stopped machine; two starts at once start one guest, with its disk and its key', async () => {
    const { vmPid, knownHosts, apiSocket } = user.paths('one');
    const hostKey = await readFile(knownHosts, 'utf8');
    const killed = await pidOf(vmPid);
    process.kill(killed, 'SIGKILL');
    await eventually(async () => expect(await user.state('one')).toBe('stopped'));
    await user.ok('set', '--rootful', 'one');
    const said = await startTwice();
    expect(said).toMatch(/firmware[^]*kernel[^]*sshd[^]*provisioned[^]*ready[^]*Machine one started/);
    expect(await guests()).toEqual([await pidOf(vmPid)]);
    expect(await pidOf(vmPid)).not.toBe(killed);
    expect(await readFile(knownHosts, 'utf8')).toBe(hostKey);
    // Rootful by now, and so for root.
    const { stdout } = await user.ok('ssh', 'one', 'id -un; cat /home/core/copied');
    expect(stdout).toBe('root\ncontent');
    expect(await ping(apiSocket)).toBe('OK');
    expect(await podman('--connection', 'one-root', ...SERVER_VERSION)).toBe('5.8.2');
  });

  /** The processes of QEMU that have the machine's disk. */
  async function guests(): Promise<number[]> {
    const { disk } = user.paths('one');
    const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
    const found = pids.map(async (pid) => {
      const words = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      return words.includes('qemu-system') && words.includes(disk) ? Number(pid) : undefined;
    });
    return (await Promise.all(found)).filter((pid) => pid !== undefined);
  }

  it('stop shuts down, and ends the helpers', async () => {
    expect((await user.run('rm', 'one')).exitCode).not.toBe(0);
    expect((await user.ok('stop', '--timeout', '200', 'one')).stderr).toContain('Machine one shut down.');
    expect(existsSync(user.paths('one').apiSocket)).toBe(false);
    expect((await user.ok('logs', '--tail', '5', 'one')).stdout).toContain('Power down');
  });

  it('rm takes back what podman was told of it', async () => {
    await user.ok('rm', '--force', 'one');
    expect(await podman('system', 'connection', 'list', '--format', '{{.Name}}')).toBe('');
    expect((await readFile(join(user.home, '.ssh/known_hosts'), 'utf8')).trim()).toBe('');
    expect((await user.ok('list', '-q')).stdout).toBe('');
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
