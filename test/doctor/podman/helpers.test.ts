import * as fs from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { checksOf } from '../../../src/doctor/check.ts';
import { linuxPodmanChecks } from '../../../src/doctor/podman/linux.ts';
import { LocalHost } from '../../../src/host/local.ts';
import { inspectHost } from '../../../src/podman/inspect.ts';
import { setUp } from '../../../src/podman/setup.ts';
import { setupPaths, userFolders, type UserFolders } from '../../../src/podman/user-folders.ts';
import { tempDir } from '../../support/temp-dir.ts';

const host = new LocalHost();

describe("podbsd's helpers", () => {
  let env: Record<string, string>;
  let folders: UserFolders;

  beforeEach(async () => {
    // podman, and so the check, refuses root.
    vi.spyOn(process, 'getuid').mockReturnValue(1000);
    const home = await tempDir();
    const bin = join(home, 'bin');
    await fs.mkdir(bin);
    await fs.writeFile(join(bin, 'podman'), '#!/bin/sh\necho podman version 5.4.2\n', { mode: 0o755 });
    env = { HOME: home, PATH: bin };
    folders = userFolders(env);
    return () => vi.restoreAllMocks();
  });

  const inspect = () => inspectHost(host, { folders, env, systemRoots: [] });
  async function look() {
    const checks = checksOf(linuxPodmanChecks, { host, found: await inspect(), folders, env });
    return await checks.find(({ id }) => id === 'host.helpers')?.look();
  }

  it('are a problem for podman 5.2 and later until they are set up', async () => {
    expect(await look()).toMatchObject({ state: 'problem', repair: 'podbsd setup-podman' });
    await setUp(host, folders, await inspect());
    expect(await look()).toMatchObject({ state: 'ok' });
  });

  it('are a problem when damaged, not when they run with another node', async () => {
    await setUp(host, folders, await inspect());
    const { helpers, lib } = setupPaths(folders);
    await fs.rm(join(lib, 'node'));
    await fs.symlink('/bin/sh', join(lib, 'node'));
    expect(await look()).toMatchObject({ state: 'ok' });
    await fs.chmod(join(helpers, 'virtiofsd'), 0o644);
    expect(await look()).toMatchObject({
      state: 'problem',
      finding: expect.stringContaining(join(helpers, 'virtiofsd')) as string,
      repair: 'podbsd setup-podman',
    });
  });

  it("are a problem when the user's folders were changed since, for the helpers look there", async () => {
    await setUp(host, folders, await inspect());
    const conf = join(folders.config, 'containers/containers.conf');
    await fs.mkdir(dirname(conf), { recursive: true });
    await fs.writeFile(conf, '[engine]\nhelper_binaries_dir = ["/mine"]\n');
    expect(await look()).toMatchObject({
      state: 'problem',
      finding: expect.stringContaining(join(setupPaths(folders).lib, 'helper-folders')) as string,
    });
  });

  it.each([
    ['5.4.2', '4.3.1', 'ignores it'],
    ['4.3.1', '5.4.2', 'has built in'],
  ])('are a problem when podman was %s and is %s, until they are set up again', async (old, now, text) => {
    const become = async (version: string): Promise<void> =>
      await fs.writeFile(join(env['PATH'] ?? '', 'podman'), `#!/bin/sh\necho podman version ${version}\n`);
    await become(old);
    await setUp(host, folders, await inspect());
    await become(now);
    expect(await look()).toMatchObject({
      state: 'problem',
      finding: expect.stringContaining(text) as string,
      repair: 'podbsd setup-podman',
    });
    await setUp(host, folders, await inspect());
    expect(await look()).toMatchObject({ state: 'ok' });
  });
});
