import * as fs from 'node:fs/promises';
import { dirname, join } from 'node:path';
import TOML from '@iarna/toml';
import { beforeEach, describe, expect, it } from 'vitest';
import { confFiles } from '../../src/podman/conf-files.ts';
import { defaultHelperFolders, dropInText, readHelperFolders } from '../../src/podman/containers-conf.ts';
import { tempDir } from '../support/temp-dir.ts';

describe('readHelperFolders', () => {
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
    readHelperFolders(confFiles({ system: [system], user, uid: 1000 }, own(), podmanMajor), own());

  it('starts from the folders that podman has built in', () => {
    expect(read()).toEqual({ folders: defaultHelperFolders, appending: false, overriding: [], problems: [] });
  });

  it('lets later files replace earlier ones, and passes over its own', async () => {
    await write(join(user, 'containers.conf.d', '10-a.conf'), '["/third"]');
    await write(join(user, 'containers.conf'), '["/second"]');
    await write(join(system, 'containers.conf'), '["/first"]');
    await write(join(user, 'containers.conf.d', 'zz.txt'), '["/not-a-conf"]');
    await write(own(), '["/own"]');
    expect(read()).toMatchObject({ folders: ['/third'], overriding: [] });
  });

  it('follows append, which stays until a file sets it to false', async () => {
    await write(join(system, 'containers.conf'), '["/first", {append=true}]');
    await write(join(user, 'containers.conf'), '["/second"]');
    expect(read()).toMatchObject({
      folders: [...defaultHelperFolders, '/first', '/second'],
      appending: true,
    });
    await write(join(user, 'containers.conf.d', '10-a.conf'), '["/third", {append=false}]');
    expect(read()).toMatchObject({ folders: ['/third'], appending: false });
  });

  it('finds the files that hide the drop-in', async () => {
    const later = await write(join(user, 'containers.conf.d', 'zz.conf'), '["/x"]');
    expect(read()).toMatchObject({ overriding: [later] });
  });

  it('knows that a later file which only adds folders hides nothing', async () => {
    await write(join(user, 'containers.conf.d', 'zz.conf'), '["/added", {append=true}]');
    expect(read()).toMatchObject({ folders: [...defaultHelperFolders, '/added'], overriding: [] });
    // Not so when an earlier file has switched appending on: the drop-in switches it off.
    await write(join(user, 'containers.conf'), '["/mine", {append=true}]');
    const later = await write(join(user, 'containers.conf.d', 'zz.conf'), '["/x"]');
    expect(read()).toMatchObject({ overriding: [later] });
  });

  it("follows podman 6: one main file, and everybody's drop-ins in one row", async () => {
    await write(join(system, 'containers.conf'), '["/system", {append=true}]');
    await write(join(user, 'containers.conf'), '["/user"]');
    expect(read(6)).toMatchObject({ folders: ['/user'], appending: false });

    await write(join(system, 'containers.conf.d', '20-b.conf'), '["/hidden"]');
    await write(join(user, 'containers.conf.d', '20-b.conf'), '["/b"]');
    await write(join(system, 'containers.rootless.conf.d', '10-a.conf'), '["/a"]');
    expect(read(6)).toMatchObject({ folders: ['/b'], overriding: [] });
    await write(join(system, 'containers.rootless.conf.d', '1000', '30-c.conf'), '["/c"]');
    await write(join(system, 'containers.rootless.conf.d', '1001', '40-d.conf'), '["/other-user"]');
    expect(read(6)).toMatchObject({ folders: ['/c'], overriding: [] });
    const later = await write(join(system, 'containers.conf.d', 'zz.conf'), '["/z"]');
    expect(read(6)).toMatchObject({ overriding: [later] });
    expect(read(5)).toMatchObject({ overriding: [] });
  });

  it('names a file that is not TOML', async () => {
    const broken = await write(join(user, 'containers.conf'), '[');
    expect(read().problems).toEqual([expect.stringContaining(broken)]);
  });
});

describe('dropInText', () => {
  it('says whose it is and holds the list, for podman 4 without attributes', () => {
    const text = dropInText([`/a "b"`, '/c'], false);
    expect(text).toMatch(/^# Made by `podbsd setup-podman`/);
    expect(TOML.parse(text)).toEqual({ engine: { helper_binaries_dir: [`/a "b"`, '/c'] } });
  });

  it('puts its folders first where other files append', () => {
    expect(TOML.parse(dropInText(['/a'], true))).toEqual({
      engine: { helper_binaries_dir: ['/a', { append: false }] },
    });
  });
});
