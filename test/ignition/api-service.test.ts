import { lstat, readFile, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { fixture } from './support/fixtures.ts';
import { guestTreeUnavailable, makeGuestTree, type GuestTree } from './support/guest-tree.ts';

const agent = '/usr/local/libexec/podbsd/podbsd-agent';
const systemctl = '/usr/local/libexec/podbsd/bin/systemctl';

/** The rc script of podman's port with podbsd's settings, daemon(8) and the socket; a responder in podman's place. */
describe.skipIf(guestTreeUnavailable() !== undefined)('the API service of the guest', () => {
  let guest: GuestTree;

  beforeAll(async () => {
    guest = await makeGuestTree();
    await writeFile(at('config.ign'), fixture('podman-5.8.2'));
    expect(await guest.run(agent, 'apply', '--config', '/config.ign')).toMatchObject({ exitCode: 0 });
    expect(await service('start')).toMatchObject({ exitCode: 0, stderr: '' });
  });
  afterAll(async () => {
    await service('stop');
    await guest.remove();
  });

  const at = (path: string): string => join(guest.root, path);
  const socket = (): string => at('var/run/podman/podman.sock');
  const service = (verb: string) => guest.run('/usr/sbin/service', 'podman_service', verb);
  /** The one that runs; daemon(8) may just be writing the file. */
  const child = (): Promise<number> =>
    eventually(async () => {
      const pid = Number(await readFile(at('var/run/podman_service.child.pid'), 'utf8'));
      expect(pid).toBeGreaterThan(1);
      process.kill(pid, 0);
      return pid;
    });

  /** One try, as a client does it. */
  function ask(path: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const asked = request({ socketPath: socket(), path }, (response) => {
        let body = '';
        response.on('data', (part: Buffer) => (body += part.toString()));
        response.on('end', () => resolve(body));
      });
      asked.on('error', reject);
      asked.end();
    });
  }

  async function proxies(...lines: string[]): Promise<void> {
    const text = `[Manager]\n${lines.map((line) => `DefaultEnvironment="${line}"\n`).join('')}`;
    await writeFile(at('etc/systemd/system.conf.d/default-env.conf'), text);
    expect(await guest.run(systemctl, 'daemon-reload')).toMatchObject({
      exitCode: 0,
      stdout: '',
      stderr: '',
    });
  }

  it('has its socket as soon as it is started, for root and group podman', async () => {
    const gid = Number(/^podman:\*?:(\d+):/m.exec(await readFile(at('etc/group'), 'utf8'))?.[1]);
    const stat = await lstat(socket());
    expect([stat.isSocket(), stat.mode & 0o777, stat.uid, stat.gid]).toEqual([true, 0o660, 0, gid]);
    expect((await lstat(at('var/run/podman'))).mode & 0o777).toBe(0o750);
    expect(await ask('/_ping')).toBe('OK');
    expect(await service('status')).toMatchObject({ exitCode: 0 });
  });

  it('can be seen by everybody, the machine’s user among them, whom podman machine ssh logs in', async () => {
    expect((await lstat(at('var/run/podman_service.pid'))).mode & 0o777).toBe(0o644);
    await guest.run('/bin/chmod', '1777', '/tmp');
    const asked = await guest.runAs(1777, systemctl, 'is-active', 'podman.socket');
    expect(asked).toMatchObject({ exitCode: 0, stdout: 'active\n', stderr: '' });
  });

  it('starts again when it dies, and answers a client that asks meanwhile', async () => {
    const before = await child();
    process.kill(before, 'SIGKILL');
    await eventually(() => expect(() => process.kill(before, 0)).toThrow('ESRCH'));
    expect(await ask('/_ping')).toBe('OK');
    await eventually(async () => expect(await child()).not.toBe(before));
    expect(await ask('/_ping')).toBe('OK');
  });

  it('has new variables from the first request after systemctl daemon-reload on', async () => {
    expect(await ask('/standin/environment')).toBe('');
    await proxies('HTTPS_PROXY=http://u:p%40@host.containers.internal:3128', "NO_PROXY=it's");
    expect(await ask('/standin/environment')).toBe(
      "HTTPS_PROXY=http://u:p%40@host.containers.internal:3128\nNO_PROXY=it's\n",
    );
    const before = await child();
    await proxies('HTTPS_PROXY=http://u:p%40@host.containers.internal:3128', "NO_PROXY=it's");
    expect(await child()).toBe(before);
    await proxies();
    expect(await ask('/standin/environment')).toBe('');
  });

  it('is not started twice, which would take the socket away', async () => {
    expect(await service('start')).toMatchObject({ exitCode: 1 });
    expect(await ask('/_ping')).toBe('OK');
  });

  it('restarts, stops and starts by service(8)', async () => {
    expect(await service('restart')).toMatchObject({ exitCode: 0 });
    expect(await ask('/_ping')).toBe('OK');
    expect(await service('stop')).toMatchObject({ exitCode: 0 });
    expect(await service('status')).toMatchObject({ exitCode: 1 });
    await expect(ask('/_ping')).rejects.toThrow('ECONNREFUSED');
    expect(await guest.run(systemctl, 'start', 'podman.socket')).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await ask('/_ping')).toBe('OK');
  });
});

describe.skipIf(guestTreeUnavailable() !== undefined)('with-socket', () => {
  let guest: GuestTree;

  beforeAll(async () => {
    guest = await makeGuestTree();
  });
  afterAll(() => guest.remove());

  const withSocket = (...args: string[]) => guest.run('/usr/local/libexec/podbsd/with-socket', ...args);

  it.each([
    [['wheel', '0660', '/tmp/a.sock'], 64, 'usage: with-socket'],
    [['wheel', '0660', 'tmp/a.sock', '/bin/true'], 64, 'usage: with-socket'],
    [['nobody-here', '0660', '/tmp/a.sock', '/bin/true'], 67, 'no group nobody-here'],
    [['wheel', 'rw', '/tmp/a.sock', '/bin/true'], 64, 'rw is not a mode'],
    [['wheel', '0660', `/tmp/${'x'.repeat(120)}`, '/bin/true'], 64, 'too long'],
    [['wheel', '0660', '/nowhere/a.sock', '/bin/true'], 71, '/nowhere/a.sock'],
    [['wheel', '0660', '/tmp/a.sock', '/bin/nothing'], 127, '/bin/nothing'],
  ])('refuses %j', async (args, code, message) => {
    const result = await withSocket(...args);
    expect(result.exitCode).toBe(code);
    expect(result.stderr).toContain(message);
  });

  it('leaves a file alone that is no socket', async () => {
    const file = join(guest.root, 'tmp/file');
    await writeFile(file, 'mine');
    expect(await withSocket('wheel', '0660', '/tmp/file', '/bin/true')).toMatchObject({ exitCode: 71 });
    expect(await readFile(file, 'utf8')).toBe('mine');
  });
});
