import * as fs from 'node:fs/promises';
import { dirname, join } from 'node:path';
import TOML from '@iarna/toml';
import { beforeEach, describe, expect, it } from 'vitest';
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
  const read = () => readHelperFolders([system, user], own());

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
