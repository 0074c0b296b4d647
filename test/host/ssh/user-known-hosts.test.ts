import { chmod, mkdir, readFile, readlink, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { beforeEach, expect, it, vi } from 'vitest';
import { DryRunHost } from '../../../src/host/dry-run.ts';
import { LocalHost } from '../../../src/host/local.ts';
import { pinHostKey, unpinHostKey } from '../../../src/host/ssh/user-known-hosts.ts';
import { tempDir } from '../../support/temp-dir.ts';

const host = new LocalHost();
const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEZXpp5ghp63SPQ/oRjFKL6KR/4kxtg0tlGxbKRqGhOT';
const OTHER = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOobNu9S1OTU0UFUOH2dvq9oPdomGOq54ahbXhD72zkE';
const wanted = { address: '[127.0.0.1]:2222', key: `${KEY} root@work`, owner: 'work' };
const line = `[127.0.0.1]:2222 ${KEY}`;
let home = '';
let file = '';
let notices: string[] = [];

const pin = () => pinHostKey(host, wanted, (notice) => notices.push(notice));
const put = async (text: string): Promise<void> => {
  await mkdir(join(home, '.ssh'), { recursive: true });
  await writeFile(file, text);
};

beforeEach(async () => {
  home = await tempDir();
  file = join(home, '.ssh/known_hosts');
  notices = [];
  vi.stubEnv('HOME', home);
});

it('a folder and a file for keys that are made have the rights that ssh gives them', async () => {
  expect(await pin()).toBe(line);
  expect((await stat(join(home, '.ssh'))).mode & 0o777).toBe(0o700);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
});

it('a key is added once, however often it is asked for', async () => {
  await put('# mine, without a newline');
  for (const expected of [line, undefined, undefined]) expect(await pin()).toBe(expected);
  expect(await readFile(file, 'utf8')).toBe(`# mine, without a newline\n${line}\n`);
});

it.each([
  ['of an authority', `@cert-authority * ${OTHER} ca`],
  ['of another port', `[127.0.0.1]:2223 ${OTHER}`],
  ['of the host without a port', `127.0.0.1 ${OTHER}`],
  ['that calls another key revoked', `@revoked * ${OTHER}`],
  ['that leaves this address out', `[127.0.0.1]:*,![127.0.0.1]:2222 ${OTHER}`],
  ['that nobody can read', '|1|broken nonsense'],
])('a line %s does not stand in the way', async (_, other) => {
  await put(`${other}\r\n`);
  expect(await pin()).toBe(line);
  expect(await readFile(file, 'utf8')).toBe(`${other}\r\n${line}\n`);
});

it.each([
  ['as it is', line],
  ['in a list with patterns', `example.org,[127.0.0.*]:22?2 ${KEY} comment`],
])('a key that is there %s is not added again', async (_, there) => {
  await put(`${there}\n`);
  expect(await pin()).toBeUndefined();
});

it('a key that is there hashed by ssh-keygen is not added again', async () => {
  await put(`${line}\n`);
  await execa('ssh-keygen', ['-q', '-H', '-f', file]);
  expect(await readFile(file, 'utf8')).toMatch(/^\|1\|/);
  expect(await pin()).toBeUndefined();
});

it('another key for the address is refused, and the remedy removes just its line', async () => {
  await put(`# mine\n[127.0.0.1]:2* ${OTHER}\n# end\n`);
  const error = await pin().catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ problem: `${file}, line 2, lists another key for [127.0.0.1]:2222` });
  const remedy = (error as { remedy: string }).remedy.replace(/^.*: (?=sed)/, '');
  await execa('sh', ['-c', remedy]);
  expect(await readFile(file, 'utf8')).toBe('# mine\n# end\n');
  expect(await pin()).toBe(line);
});

it('a revoked key is refused', async () => {
  await put(`@revoked * ${KEY}\n`);
  await expect(pin()).rejects.toThrow('marks this key as revoked');
});

it('known_hosts may be a link into a folder of settings, and stays one', async () => {
  const settings = join(home, 'settings');
  await writeFile(settings, '# mine\n');
  await mkdir(join(home, '.ssh'));
  await symlink(settings, file);
  await pin();
  expect(await readFile(settings, 'utf8')).toBe(`# mine\n${line}\n`);
  await unpinHostKey(host, line);
  expect(await readFile(settings, 'utf8')).toBe('# mine\n');
  expect(await readlink(file)).toBe(settings);
});

it('a file that cannot be written is told about, with the line that belongs there', async () => {
  // What nobody can write, root neither: a place below a file.
  await writeFile(join(home, '.ssh'), '');
  expect(await pin()).toBeUndefined();
  expect(notices).toEqual([expect.stringContaining(`\n${line}`)]);
  expect(notices[0]).toContain('cannot be written');
});

it.skipIf(process.getuid?.() === 0)('a file that is read-only is told about', async () => {
  await put('# mine\n');
  await chmod(file, 0o400);
  expect(await pin()).toBeUndefined();
  expect(notices[0]).toContain('this user may not open it');
});

it('a dry run says what would be added, and adds nothing', async () => {
  const printed: string[] = [];
  await pinHostKey(new DryRunHost((text) => printed.push(text), host), wanted, () => undefined);
  expect(printed).toEqual([`# add to ${file}: ${line}`]);
  await expect(stat(file)).rejects.toThrow();
});
