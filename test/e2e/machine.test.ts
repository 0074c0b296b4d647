import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { podmanFolder } from '../machine/support/podman-client.ts';
import { standInImage } from '../machine/support/stand-in-image.ts';
import { MachineUser } from '../machine/support/user.ts';
import { standInDiskUnavailable } from '../standin/requirements.ts';
import { missing } from '../support/programs.ts';
import { gvproxy } from './clients.ts';

const reason =
  process.env['PODBSD_E2E'] === 'all'
    ? (standInDiskUnavailable() ?? missing('ssh', 'scp', 'qemu-img'))
    : 'only npm run test:e2e takes the time';

describe.skipIf(reason !== undefined)(
  'podbsd machine on the network of gvproxy',
  { timeout: 900_000 },
  () => {
    let user: MachineUser;

    beforeAll(async () => {
      const home = await mkdtemp(join(tmpdir(), 'pe2e-machine-'));
      user = await MachineUser.make(home, [dirname(await gvproxy()), await podmanFolder(home)]);
      const image = join(home, 'image.raw');
      await standInImage(image);
      await user.ok(
        'init',
        '--image',
        image,
        '--disk-size',
        '1',
        '--memory',
        '384',
        '--network',
        'gvproxy',
        '-v',
        '',
        'net',
      );
    }, 300_000);

    afterAll(async () => {
      await user.cleanUp();
      await rm(user.home, { recursive: true, force: true });
    });

    it.each(['first', 'second'])('the whole life: %s time', async () => {
      const { stderr } = await user.ok('start', 'net');
      expect(stderr).toContain('Machine net started.');
      const { apiSocket } = user.paths('net');
      const client = ['--connection', 'net', 'version', '--format', '{{.Server.Version}}'];
      expect((await execa('podman', client, { env: user.env })).stdout).toBe('5.8.2');
      const remote = ['--url', `unix://${apiSocket}`, 'version', '--format', '{{.Server.Version}}'];
      expect((await execa('podman', ['--remote', ...remote], { env: user.env })).stdout).toBe('5.8.2');
      expect((await user.ok('stop', 'net')).stderr).toContain('shut down');
      expect(await user.state('net')).toBe('stopped');
      await expect(readFile(user.paths('net').gvproxyPid)).rejects.toThrow('ENOENT');
    });

    it('a published port reaches a listener in the guest, from loopback alone', async () => {
      await user.ok('start', 'net');
      const listener = await user.started('ssh', 'net', 'echo from-the-guest | nc -l 8080');
      await sleep(2_000);
      // What podman in a guest asks gvproxy for when a container publishes a port.
      const body = JSON.stringify({
        local: '127.0.0.1:38080',
        remote: '192.168.127.2:8080',
        protocol: 'tcp',
      });
      const asking = [
        'POST /services/forwarder/expose HTTP/1.0',
        'Host: gateway.containers.internal',
        'Content-Type: application/json',
        `Content-Length: ${body.length}`,
        '',
        body,
      ].join('\\r\\n');
      const answer = await user.ok('ssh', 'net', `printf '${asking}' | nc -w 5 192.168.127.1 80`);
      expect(answer.stdout).toContain('200 OK');
      expect(await received(38080)).toBe('from-the-guest\n');
      await listener.process;
      await user.ok('stop', 'net');
    });

    it('a gvproxy that was killed with its machine is no trouble for the next start', async () => {
      await user.ok('start', 'net');
      for (const file of [user.paths('net').vmPid, user.paths('net').gvproxyPid])
        process.kill(Number(await readFile(file, 'utf8')), 'SIGKILL');
      await user.ok('start', 'net');
      expect((await user.ok('ssh', 'net', 'id', '-un')).stdout).toBe('core');
      await user.ok('stop', 'net');
    });
  },
);

async function received(port: number): Promise<string> {
  return await new Promise((resolve, reject) => {
    let text = '';
    const socket = connect({ host: '127.0.0.1', port });
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      socket.destroy();
    });
    socket.on('close', () => resolve(text));
    socket.on('error', reject);
  });
}
