import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { packageRoot } from '../../../src/ground/assets.ts';
import { hostKeyFiles, seedTree, writeSeedKeys } from '../../../src/recipes/bake/seed-files.ts';
import { metaData, userData, type SeedFile } from '../../../src/recipes/bake/user-data.ts';
import { LocalHost } from '../../../src/host/local.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { readAsOldNuageinit } from './old-nuageinit.ts';

describe('the seed of the first boot', () => {
  it('gives root one key, makes no user, and uses nothing that FreeBSD 14.4 lacks', async () => {
    const keys = await writeSeedKeys(new LocalHost(), await tempDir());
    const files = [...(await seedTree()), ...hostKeyFiles(keys)];
    const text = await userData({ publicKey: keys.login.publicKey, files });
    // nuageinit reads the first line as a whole.
    expect(text.split('\n')[0]).toBe('#cloud-config');
    const data = parse(text) as Record<string, unknown>;
    expect(Object.keys(data)).toEqual(['users', 'write_files']);
    expect(data['users']).toEqual([{ name: 'root', ssh_authorized_keys: [keys.login.publicKey] }]);
    const written = data['write_files'] as (SeedFile & { encoding: string })[];
    expect(written.map(({ encoding }) => encoding)).toEqual(files.map(() => 'b64'));
    const decoded = written.map(({ path, content, permissions }) => ({
      path,
      permissions,
      content: Buffer.from(content, 'base64').toString(),
    }));
    expect(decoded).toEqual(files);
  });

  it("is read alike by nuageinit's parser of its own and by a real one", async () => {
    const keys = await writeSeedKeys(new LocalHost(), await tempDir());
    const odd = [
      { path: '/a', content: '', permissions: '0600' },
      { path: '/b', content: '\n\n# a comment\n\n\ttab "quoted" \\ back\n\u00e9', permissions: '0644' },
      // Base64 of nothing but digits.
      { path: '/c', content: Buffer.from('123456781234', 'base64').toString('latin1'), permissions: '0644' },
    ];
    const files = [...(await seedTree()), ...hostKeyFiles(keys), ...odd, ...odd];
    const text = await userData({ publicKey: keys.login.publicKey, files });
    const [first, ...rest] = text.split('\n');
    expect(first).toBe('#cloud-config');
    expect(readAsOldNuageinit(rest.join('\n'))).toEqual(parse(text));
    expect(readAsOldNuageinit(await metaData('one'))).toEqual({ 'instance-id': 'one' });
  });

  it.each([
    ['a block text', 'a: |\n  one\n'],
    ['a blank line', 'a:\n  b: "c"\n\n  d: "e"\n'],
    ['a comment', 'a:\n  b: "c"\n  # d\n'],
    ['a table on one line', 'a: {b: "c"}\n'],
    ['a list on one line', 'a: ["b"]\n'],
    ['an anchor', 'a: &x "b"\nc: *x\n'],
    ['an escape', 'a: "b\\n"\n'],
    ['a number', 'a: 0600\n'],
    ['a word that is no text', 'a: no\n'],
    ['indentation by two steps', 'a:\n    b: "c"\n'],
  ])('the double of that parser refuses %s', (_what, yaml) => {
    expect(() => readAsOldNuageinit(yaml)).toThrow(/line \d/);
  });

  it('lets root in with the settings of sshd that the image has in the end', async () => {
    const sshd = (await seedTree()).find(({ path }) => path === '/etc/rc.conf.d/sshd');
    expect(sshd?.content).toBe(await readFile(join(packageRoot, 'image/overlay/etc/rc.conf.d/sshd'), 'utf8'));
    expect(sshd?.content).toContain('PermitRootLogin=prohibit-password');
  });

  it('writes permissions as text, because YAML would read 0600 as another number', async () => {
    const keys = await writeSeedKeys(new LocalHost(), await tempDir());
    const text = await userData({ publicKey: keys.login.publicKey, files: hostKeyFiles(keys) });
    expect(text).toContain('permissions: "0600"');
  });

  it('writes only into folders that FreeBSD has', async () => {
    const folders = (await seedTree()).map(({ path }) => path.slice(0, path.lastIndexOf('/')));
    expect(new Set(folders)).toEqual(new Set(['/etc/rc.conf.d']));
  });

  it('has meta-data that is not empty and sets no host name', async () => {
    expect(parse(await metaData('one'))).toEqual({ 'instance-id': 'one' });
  });
});
