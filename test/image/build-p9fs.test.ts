import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/ground/assets.ts';
import { writeP9fsSource } from '../support/p9fs-source.ts';
import { tempDir } from '../support/temp-dir.ts';

const files = join(packageRoot, 'poudriere/ports/sysutils/podbsd-p9fs-kmod/files');

/** Takes exactly the arguments that build a module, and "compiles" by putting the sources together. */
const make = `#!/bin/sh
[ $# -eq 6 ] && [ "$1" = -C ] && [ "$5" = CONF_CFLAGS=-DKLD_TIED ] && [ "$6" = all ] || exit 2
srctop=\${3#SRCTOP=}
[ "$4" = "SYSDIR=$srctop/sys" ] || exit 2
cd "$2" || exit 2
name=$(sed -n 's/^KMOD=[[:space:]]*//p' Makefile)
path=$(sed -n 's/^\\.PATH:[[:space:]]*\${SRCTOP}//p' Makefile)
cat "$srctop/sys/fs/p9fs/p9_client.h" "$srctop$path"/*.c >"$name.ko"
`;

async function build(change: (source: string) => Promise<void> = async () => {}) {
  const folder = await tempDir();
  const source = join(folder, 'usr-src');
  const work = join(folder, 'work');
  const bin = join(folder, 'bin');
  for (const path of [source, work, bin]) await mkdir(path);
  await writeP9fsSource(source);
  await change(source);
  await writeFile(join(bin, 'make'), make);
  await chmod(join(bin, 'make'), 0o755);
  const script = join(packageRoot, 'image/bake/build-p9fs');
  const { exitCode, stderr } = await execa('sh', [script, '64', source, files], {
    cwd: work,
    env: { PATH: `${bin}:${process.env['PATH'] ?? ''}`, DESTDIR: join(folder, 'dest') },
    reject: false,
  });
  return { exitCode, stderr, source, boot: join(folder, 'dest/boot') };
}

describe('image/bake/build-p9fs', () => {
  it('installs modules with large messages and leaves the source as it is', async () => {
    const { exitCode, stderr, source, boot } = await build();
    expect(stderr).toBe('');
    expect(exitCode).toBe(0);
    for (const module of ['p9fs', 'virtio_p9fs']) {
      const built = await readFile(join(boot, 'modules', `${module}.ko`), 'utf8');
      expect(built).not.toMatch(/#define P9FS_MTU 8192$/m);
      expect(built).toContain('MODULE_VERSION');
    }
    expect(await readFile(join(source, 'sys/fs/p9fs/p9_client.h'), 'utf8')).toContain('P9FS_MTU 8192');
    expect(await readFile(join(boot, 'loader.conf.d/podbsd-p9fs.conf'), 'utf8')).toBe(
      await readFile(join(files, 'podbsd-p9fs.conf'), 'utf8'),
    );
  });

  it('installs nothing when the source does not read as expected', async () => {
    const { exitCode, boot } = await build((source) =>
      writeFile(join(source, 'sys/fs/p9fs/p9_client.h'), '#define P9FS_MTU 16384\n'),
    );
    expect(exitCode).toBe(65);
    expect(existsSync(boot)).toBe(false);
  });
});
