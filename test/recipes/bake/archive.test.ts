import { lstat, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { LocalHost } from '../../../src/host/local.ts';
import { putFiles } from '../../../src/recipes/bake/archive.ts';
import type { Inside } from '../../../src/recipes/bake/inside.ts';
import { overlayFiles } from '../../../src/recipes/bake/overlay-files.ts';
import { tempDir } from '../../support/temp-dir.ts';

/** A guest whose root is a folder here; says what was called. */
function guestIn(root: string) {
  const calls: string[] = [];
  const host = new LocalHost();
  const exec: Inside['exec'] = async (argv, options) => {
    calls.push(argv.join(' '));
    return await host.run(['tar', ...argv.slice(1, -1), root], options);
  };
  return { calls, inside: { host, exec } };
}

describe('files for the guest', () => {
  it('come in one archive that a real tar unpacks as root’s, with their modes and links', async () => {
    const root = await tempDir();
    const { calls, inside } = guestIn(root);
    const files = await overlayFiles('amd64');
    await putFiles(inside, files);
    expect(calls).toEqual(['/usr/bin/tar -xpf - -C /']);
    for (const file of files) {
      const path = join(root, file.path);
      if (file.kind === 'link') expect(await readlink(path)).toBe(file.target);
      else {
        expect(file.content.equals(await readFile(path))).toBe(true);
        expect((await lstat(path)).mode & 0o7777).toBe(file.mode);
      }
    }
  });

  it('replace what is there and are told about when the name is too long for a plain archive', async () => {
    const root = await tempDir();
    const { inside } = guestIn(root);
    const file = { kind: 'file', path: '/etc/a', content: Buffer.from('new'), mode: 0o755 } as const;
    await execa('mkdir', ['-p', join(root, 'etc')]);
    await execa('ln', ['-s', '/nowhere', join(root, 'etc/a')]);
    await putFiles(inside, [file]);
    expect(await readFile(join(root, 'etc/a'), 'utf8')).toBe('new');
    await expect(putFiles(inside, [{ ...file, path: `/${'x'.repeat(200)}` }])).rejects.toThrow(
      /plain tar archive/,
    );
  });
});
