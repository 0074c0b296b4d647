import { chmod, mkdir, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { machinePaths } from '../../src/machine/paths.ts';
import { machinePlaces, makeRuntimeFolder } from '../../src/machine/places.ts';
import { tempDir } from '../support/temp-dir.ts';

describe('where machines live', () => {
  it('XDG folders on Linux and FreeBSD', () => {
    const env = { HOME: '/home/me', XDG_RUNTIME_DIR: '/run/user/1000' };
    expect(machinePlaces(env, 'linux')).toEqual({
      data: '/home/me/.local/share/podbsd/machine',
      runtime: '/run/user/1000/podbsd',
    });
    expect(machinePlaces({ ...env, XDG_DATA_HOME: '/data' }, 'freebsd').data).toBe('/data/podbsd/machine');
  });

  it("Apple's folder on macOS, unless XDG's is set", () => {
    expect(machinePlaces({ HOME: '/Users/me' }, 'darwin').data).toBe(
      '/Users/me/Library/Application Support/podbsd/machine',
    );
    expect(machinePlaces({ HOME: '/Users/me', XDG_DATA_HOME: '/x' }, 'darwin').data).toBe(
      '/x/podbsd/machine',
    );
  });

  it("a socket's path that the system would cut off is refused", () => {
    const places = { data: '/data', runtime: `/run/${'long/'.repeat(15)}` };
    expect(() => machinePaths(places, 'a-machine-with-a-name')).toThrow('too long');
  });
});

describe('the folder for sockets', () => {
  it('is for its user alone, also when it was there with other rights', async () => {
    const folder = join(await tempDir(), 'run');
    await mkdir(folder);
    await chmod(folder, 0o777);
    await makeRuntimeFolder(folder);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
  });

  it('is not taken from somebody who has put a link or a file there', async () => {
    const folder = await tempDir();
    await symlink('/tmp', join(folder, 'link'));
    await writeFile(join(folder, 'file'), '');
    await expect(makeRuntimeFolder(join(folder, 'link'))).rejects.toThrow('not a folder');
    await expect(makeRuntimeFolder(join(folder, 'file'))).rejects.toThrow();
  });
});
