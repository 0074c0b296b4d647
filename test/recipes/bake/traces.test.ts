import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { matching } from '../../../src/recipes/bake/seal.ts';
import { seedTree } from '../../../src/recipes/bake/seed-files.ts';
import { shippedList } from '../../../src/recipes/shared/shipped.ts';
import { LocalHost } from '../../../src/host/local.ts';
import { tempDir } from '../../support/temp-dir.ts';

describe('traces', () => {
  it('are absolute paths with * in the last part only, and nothing that FreeBSD needs', async () => {
    for (const path of await shippedList('image/bake/traces')) {
      expect(path).toMatch(/^(\/[A-Za-z0-9._-]+)+(\/[A-Za-z0-9._*-]+)?$/);
      expect(['/etc', '/root', '/var', '/tmp', '/boot', '/usr']).not.toContain(path);
    }
  });

  it('include everything that the seed has written, but for the settings of sshd, which stay', async () => {
    const traces = await shippedList('image/bake/traces');
    const left = (await seedTree()).map(({ path }) => path).filter((path) => !traces.includes(path));
    expect(left).toEqual(['/etc/rc.conf.d/sshd']);
    expect(traces).toContain('/root/.ssh');
    expect(traces).toContain('/etc/ssh/ssh_host_*');
  });

  it('match what * stands for and no other character', async () => {
    const folder = await tempDir();
    for (const name of ['ssh_host_a', 'ssh_host_b.pub', 'sshd_config', '.hidden', 'a.b', 'axb'])
      await writeFile(join(folder, name), '');
    await mkdir(join(folder, 'sub'));
    const host = new LocalHost();
    expect(await matching(host, `${folder}/ssh_host_*`)).toEqual([
      join(folder, 'ssh_host_a'),
      join(folder, 'ssh_host_b.pub'),
    ]);
    expect(await matching(host, `${folder}/a.*`)).toEqual([join(folder, 'a.b')]);
    expect(await matching(host, `${folder}/*`)).toHaveLength(7);
    // rm -f passes over it.
    expect(await matching(host, `${folder}/absent/*`)).toEqual([`${folder}/absent/*`]);
    expect(await matching(host, `${folder}/axb`)).toEqual([join(folder, 'axb')]);
  });
});
