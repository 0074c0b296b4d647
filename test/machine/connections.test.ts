import { readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { registerMachine } from '../../src/machine/connections.ts';
import { openMachine, saveMachine } from '../../src/machine/record.ts';
import { mbrSector } from '../disk/sample-disk.ts';
import { debianPackagesUnavailable } from '../support/debian.ts';
import { missing } from '../support/programs.ts';
import { tempDir } from '../support/temp-dir.ts';
import { podmanFolder } from './support/podman-client.ts';
import { MachineUser } from './support/user.ts';

const unavailable = debianPackagesUnavailable() ?? missing('qemu-img');

describe.skipIf(unavailable !== undefined)('what podman is told of two machines', () => {
  let user: MachineUser;

  beforeEach(async () => {
    const home = await tempDir();
    user = await MachineUser.make(home, [await podmanFolder(home)]);
    for (const [name, value] of Object.entries(user.env)) vi.stubEnv(name, value);
    const image = join(home, 'image.raw');
    await writeFile(image, mbrSector());
    await truncate(image, 1024 * 1024);
    for (const words of [['one'], ['--rootful', 'two']])
      await user.ok('init', '--image', image, '--disk-size', '1', '-v', '', ...words);
  });

  /** As a start does it, which has learnt the guest's host key. */
  async function register(name: string, key: string): Promise<void> {
    const places = { data: join(user.home, 'data/podbsd/machine'), runtime: join(user.home, 'run/podbsd') };
    await saveMachine(await openMachine(places, name), { hostKey: `ssh-ed25519 ${key}` });
    await registerMachine(places, name, {
      makeDefault: false,
      path: user.env['PATH'] ?? '',
      onNotice: (text) => expect.unreachable(text),
    });
  }

  /** Name, destination, and whether podman uses it when none is named. */
  async function connections(): Promise<string[]> {
    const argv = ['system', 'connection', 'list', '--format', '{{.Name}} {{.URI}} {{.Default}}'];
    return (await execa('podman', argv, { env: user.env })).stdout.split('\n').sort();
  }

  async function pinned(): Promise<string[]> {
    return (await readFile(join(user.home, '.ssh/known_hosts'), 'utf8')).trim().split('\n');
  }

  it('is taken back for the one that is removed, and stays for the other', async () => {
    const keys = ['B', 'C'].map((last) => `AAAAC3NzaC1lZDI1NTE5AAAAI${'A'.repeat(42)}${last}`) as [
      string,
      string,
    ];
    await register('two', keys[0]);
    // podman takes the first for its default: that of the machine's mode.
    expect(await connections()).toEqual([
      expect.stringMatching(/^two ssh:\/\/core@127\.0\.0\.1:\S+ false$/),
      expect.stringMatching(/^two-root ssh:\/\/root@127\.0\.0\.1:\S+ true$/),
    ]);
    await register('one', keys[1]);
    const both = await connections();
    expect(both).toHaveLength(4);
    expect(await pinned()).toHaveLength(2);

    await user.ok('rm', '--force', 'two');
    expect(await connections()).toEqual(both.filter((line) => line.startsWith('one')));
    expect(await pinned()).toEqual([expect.stringContaining(keys[1])]);
    expect((await user.ok('list', '-q')).stdout).toBe('one');
  });
});
