import * as fs from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { beforeEach, describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/ground/assets.ts';
import { confFiles } from '../../src/podman/conf-files.ts';
import { defaultHelperFolders, readEngineSettings } from '../../src/podman/containers-conf.ts';
import { tempDir } from '../support/temp-dir.ts';

describe('readEngineSettings', () => {
  let system: string;
  let user: string;
  beforeEach(async () => {
    const folder = await tempDir();
    [system, user] = [join(folder, 'etc'), join(folder, 'home')];
  });

  async function write(path: string, list: string): Promise<string> {
    await fs.mkdir(dirname(path), { recursive: true });
    await fs.writeFile(path, `[containers]\n[engine]\nhelper_binaries_dir = ${list}\n`);
    return path;
  }
  const own = (): string => join(user, 'containers.conf.d', '99-podbsd.conf');
  const read = (podmanMajor = 5) =>
    readEngineSettings(confFiles({ system: [system], user, uid: 1000 }, own(), podmanMajor), own());

  it('starts from the folders that podman has built in', () => {
    expect(read()).toEqual({
      folders: defaultHelperFolders,
      earlier: undefined,
      overriding: { env: [], list: [] },
      problems: [],
    });
  });

  it('lets later files replace earlier ones, and passes over its own', async () => {
    await write(join(user, 'containers.conf.d', '10-a.conf'), '["/third"]');
    await write(join(user, 'containers.conf'), '["/second"]');
    await write(join(system, 'containers.conf'), '["/first"]');
    await write(join(user, 'containers.conf.d', 'zz.txt'), '["/not-a-conf"]');
    await write(own(), '["/own"]');
    expect(read()).toMatchObject({ folders: ['/third'], overriding: { list: [] } });
  });

  it('follows append, which stays until a file sets it to false', async () => {
    await write(join(system, 'containers.conf'), '["/first", {append=true}]');
    await write(join(user, 'containers.conf'), '["/second"]');
    expect(read()).toMatchObject({ folders: [...defaultHelperFolders, '/first', '/second'] });
    await write(join(user, 'containers.conf.d', '10-a.conf'), '["/third", {append=false}]');
    expect(read()).toMatchObject({ folders: ['/third'] });
  });

  it('finds the files that take the list of the drop-in away', async () => {
    const later = await write(join(user, 'containers.conf.d', 'zz.conf'), '["/x"]');
    expect(read()).toMatchObject({ overriding: { list: [later], env: [] } });
  });

  const writeEnv = async (path: string, list: string): Promise<string> => {
    await fs.mkdir(dirname(path), { recursive: true });
    await fs.writeFile(path, `[engine]\nenv = ${list}\n`);
    return path;
  };

  it('knows that only append = false takes the variable of the drop-in away', async () => {
    await writeEnv(join(user, 'containers.conf.d', 'zy.conf'), '["A=b"]');
    expect(read()).toMatchObject({ overriding: { env: [], list: [] } });
    const later = await writeEnv(join(user, 'containers.conf.d', 'zz.conf'), '["A=b", {append = false}]');
    expect(read()).toMatchObject({ overriding: { env: [later] } });
    // What doctor says to do about it.
    await fs.rename(later, join(user, 'containers.conf.d', '98-zz.conf'));
    expect(read()).toMatchObject({ overriding: { env: [] } });
    await writeEnv(later, '["A=b", {append = true}]');
    expect(read()).toMatchObject({ overriding: { env: [] } });
  });

  it('finds the file that has set the variable before the drop-in, and is not replaced since', async () => {
    const main = await writeEnv(
      join(user, 'containers.conf'),
      '["A=b", "CONTAINERS_HELPER_BINARY_DIR=/mine"]',
    );
    expect(read()).toMatchObject({ earlier: main });
    await writeEnv(join(user, 'containers.conf.d', '10-a.conf'), '["A=b"]');
    expect(read()).toMatchObject({ earlier: undefined });
  });

  const cases = join(packageRoot, 'test/podman/cases');
  it.each([
    ['a byte order mark', 'bom.conf', '/opt/x'],
    ['keys in any case', 'case.conf', '/opt/x'],
    ['TOML 1.1', 'toml-1.1.conf', '/opt/x'],
    ['$BINDIR, as it stands', 'bindir.conf', '$BINDIR/../libexec/podman'],
  ])('reads %s', async (_what, name, folder) => {
    await fs.mkdir(user, { recursive: true });
    await fs.copyFile(join(cases, name), join(user, 'containers.conf'));
    expect(read()).toMatchObject({ folders: [folder], problems: [] });
  });

  it('does not wait for what is no file', async () => {
    await fs.mkdir(user, { recursive: true });
    await execa('mkfifo', [join(user, 'containers.conf')]);
    expect(read().problems).toEqual([`${join(user, 'containers.conf')}: it is not a file`]);
  });

  it("follows podman 6: one main file, and everybody's drop-ins in one row", async () => {
    await write(join(system, 'containers.conf'), '["/system", {append=true}]');
    await write(join(user, 'containers.conf'), '["/user"]');
    expect(read(6)).toMatchObject({ folders: ['/user'] });

    await write(join(system, 'containers.conf.d', '20-b.conf'), '["/hidden"]');
    await write(join(user, 'containers.conf.d', '20-b.conf'), '["/b"]');
    await write(join(system, 'containers.rootless.conf.d', '10-a.conf'), '["/a"]');
    expect(read(6)).toMatchObject({ folders: ['/b'], overriding: { list: [] } });
    await write(join(system, 'containers.rootless.conf.d', '1000', '30-c.conf'), '["/c"]');
    await write(join(system, 'containers.rootless.conf.d', '1001', '40-d.conf'), '["/other-user"]');
    expect(read(6)).toMatchObject({ folders: ['/c'], overriding: { list: [] } });
    const later = await write(join(system, 'containers.conf.d', 'zz.conf'), '["/z"]');
    expect(read(6)).toMatchObject({ overriding: { list: [later] } });
    expect(read(5)).toMatchObject({ overriding: { list: [] } });
  });

  it('names a file that is not TOML', async () => {
    const broken = await write(join(user, 'containers.conf'), '[');
    expect(read().problems).toEqual([expect.stringContaining(broken)]);
  });
});
