import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { packageRoot } from '../../../src/ground/assets.ts';
import { hostKeyFiles, seedTree, writeSeedKeys } from '../../../src/recipes/bake/seed-files.ts';
import { metaData, userData } from '../../../src/recipes/bake/user-data.ts';
import { LocalHost } from '../../../src/host/local.ts';
import { tempDir } from '../../support/temp-dir.ts';

describe('the seed of the first boot', () => {
  it('gives root one key, makes no user, and uses nothing that FreeBSD 14.4 lacks', async () => {
    const keys = await writeSeedKeys(new LocalHost(), await tempDir());
    const files = [...(await seedTree()), ...hostKeyFiles(keys)];
    const text = userData({ publicKey: keys.login.publicKey, files });
    // nuageinit reads the first line as a whole.
    expect(text.split('\n')[0]).toBe('#cloud-config');
    const data = parse(text) as Record<string, unknown>;
    expect(Object.keys(data)).toEqual(['users', 'write_files']);
    expect(data['users']).toEqual([{ name: 'root', ssh_authorized_keys: [keys.login.publicKey] }]);
    expect(data['write_files']).toEqual(files);
  });

  it('lets root in with the settings of sshd that the image has in the end', async () => {
    const sshd = (await seedTree()).find(({ path }) => path === '/etc/rc.conf.d/sshd');
    expect(sshd?.content).toBe(await readFile(join(packageRoot, 'image/overlay/etc/rc.conf.d/sshd'), 'utf8'));
    expect(sshd?.content).toContain('PermitRootLogin=prohibit-password');
  });

  it('writes permissions as text, because YAML would read 0600 as another number', async () => {
    const keys = await writeSeedKeys(new LocalHost(), await tempDir());
    const text = userData({ publicKey: keys.login.publicKey, files: hostKeyFiles(keys) });
    expect(text).toContain('permissions: "0600"');
  });

  it('writes only into folders that FreeBSD has', async () => {
    const folders = (await seedTree()).map(({ path }) => path.slice(0, path.lastIndexOf('/')));
    expect(new Set(folders)).toEqual(new Set(['/etc/rc.conf.d']));
  });

  it('has meta-data that is not empty and sets no host name', () => {
    expect(parse(metaData('one'))).toEqual({ 'instance-id': 'one' });
  });
});
