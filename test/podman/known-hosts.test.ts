import { mkdir, readFile, readlink, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { LocalHost } from '../../src/host/local.ts';
import { pinHostKey, unpinHostKey } from '../../src/podman/connections.ts';
import { tempDir } from '../support/temp-dir.ts';

const client = new LocalHost();
const wanted = { address: '[127.0.0.1]:2222', key: 'ssh-ed25519 AAAA', owner: 'work' };
const line = '[127.0.0.1]:2222 ssh-ed25519 AAAA';
let home = '';

beforeEach(async () => {
  home = await tempDir();
  const before = process.env['HOME'];
  process.env['HOME'] = home;
  onTestFinished(() => void (process.env['HOME'] = before));
});

test('a folder for keys that is made has the rights that ssh gives it', async () => {
  expect(await pinHostKey(client, wanted)).toBe(line);
  expect((await stat(join(home, '.ssh'))).mode & 0o777).toBe(0o700);
});

test('known_hosts may be a link into a folder of settings, and stays one', async () => {
  const settings = join(home, 'settings');
  await writeFile(settings, '# mine\n');
  await mkdir(join(home, '.ssh'));
  const knownHosts = join(home, '.ssh/known_hosts');
  await symlink(settings, knownHosts);
  await pinHostKey(client, wanted);
  expect(await readFile(settings, 'utf8')).toBe(`# mine\n${line}\n`);
  await unpinHostKey(client, line);
  expect(await readFile(settings, 'utf8')).toBe('# mine\n');
  expect(await readlink(knownHosts)).toBe(settings);
});
