import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { podmanFolder } from '../machine/support/podman-client.ts';
import { standInImage } from '../machine/support/stand-in-image.ts';
import { MachineUser } from '../machine/support/user.ts';
import { standInDiskUnavailable } from '../standin/requirements.ts';
import { eventually } from '../support/eventually.ts';
import { missing } from '../support/programs.ts';

const wanted = process.env['PODBSD_E2E'] === 'all';
const unavailable =
  standInDiskUnavailable() ??
  missing('ssh', 'scp') ??
  (wanted ? undefined : 'only npm run test:e2e takes the time');
/** Seconds; guests boot under emulation, on a host that has other things to do. */
const PATIENCE = ['--timeout', '500'];

// The life of one is in test/machine/lifecycle.test.ts.
describe.skipIf(unavailable !== undefined)('two machines beside each other', () => {
  let user: MachineUser;

  beforeAll(async () => {
    const home = await mkdtemp(join(tmpdir(), 'pe2e-two-'));
    user = await MachineUser.make(home, [await podmanFolder(home)]);
    const image = join(home, 'image.raw');
    await standInImage(image);
    const size = ['--disk-size', '1', '--memory', '384', '--cpus', '1'];
    const common = ['--image', image, ...size, '--network', 'user', '-v', ''];
    await user.ok('init', ...common, 'one');
    await user.ok('init', ...common, '--rootful', 'two');
  });

  afterAll(async () => {
    await user.cleanUp();
    await rm(user.home, { recursive: true, force: true });
  });

  async function podman(...args: string[]): Promise<string> {
    return (await execa('podman', args, { env: user.env })).stdout;
  }

  it('both are started at once, each twice, and there is one guest of each', async () => {
    const starts = ['one', 'two', 'one', 'two'].map(
      async (name) => await user.run('start', ...PATIENCE, name),
    );
    for (const { exitCode, stderr } of await Promise.all(starts)) expect(exitCode, stderr).toBe(0);
    for (const name of ['one', 'two']) expect(await user.state(name)).toBe('running');
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

  it('ssh is core or, in the rootful one, root', async () => {
    expect((await user.ok('ssh', 'one', 'id', '-un')).stdout).toBe('core');
    expect((await user.ok('ssh', 'two', 'id', '-un')).stdout).toBe('root');
  });

  it('the end of one is nothing to the other', async () => {
    process.kill(Number(await readFile(user.paths('one').vmPid, 'utf8')), 'SIGKILL');
    await eventually(async () => expect(await user.state('one')).toBe('stopped'));
    expect(await user.state('two')).toBe('running');
  });

  it('rm removes one that runs only by force, and leaves the other as it is', async () => {
    expect((await user.run('rm', 'two')).exitCode).not.toBe(0);
    expect(await user.state('two')).toBe('running');
    await user.ok('rm', '--force', 'two');
    const list = await podman('system', 'connection', 'list', '--format', '{{.Name}}');
    expect(list.replaceAll('*', '').split('\n').sort()).toEqual(['one', 'one-root']);
    const pinned = await readFile(join(user.home, '.ssh/known_hosts'), 'utf8');
    expect(pinned.trim().split('\n')).toHaveLength(1);
    expect((await user.ok('list', '-q')).stdout).toBe('one');
  });
});
