import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../../src/ground/assets.ts';
import { mergeRcConf, parseRcConf } from '../../../src/recipes/bake/rc-conf.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { shippedFile, shippedList } from '../../../src/recipes/shared/shipped.ts';

describe('rc.conf', () => {
  it('of the overlay can be merged setting by setting', async () => {
    const text = await readFile(join(packageRoot, 'image/overlay/etc/rc.conf'), 'utf8');
    const settings = parseRcConf(text);
    expect(settings).toContainEqual({ name: 'podbsd_ready_enable', value: 'YES' });
    expect(new Set(settings.map(({ name }) => name)).size).toBe(settings.length);
  });

  it.each(['a=1', 'a="$b"', 'a="x" b="y"', '. /etc/other', 'a="`x`"'])(
    'that needs sh is refused: %s',
    (line) => {
      expect(() => parseRcConf(`ok="1"\n${line}\n`)).toThrow(/line 2/);
    },
  );

  it('of the base keeps what is its own, in any form that sh reads, and podbsd’s settings win', async () => {
    const base = [
      '# of FreeBSD',
      'hostname="freebsd"',
      'zfs_enable=NO # quoted or not',
      '  sshd_enable="NO"; ',
      "nuageinit_enable='YES'",
      'static_routes="a b"',
      'route_a="-net 10.0.0.0/8 \\',
      '    192.168.1.1"',
      'if [ "$static_routes" ]; then pf_enable="NO"; fi',
      '',
    ].join('\n');
    const settings = parseRcConf('zfs_enable="YES"\nsshd_enable="YES"\npf_enable="YES"\ndumpdev="NO"');
    const merged = mergeRcConf(base, settings, ['nuageinit_enable']);
    const file = join(await tempDir(), 'rc.conf');
    await writeFile(file, merged);
    const script = await shippedFile('image/bake/rc-values');
    const names = [
      'hostname',
      'zfs_enable',
      'sshd_enable',
      'pf_enable',
      'dumpdev',
      'nuageinit_enable',
      'route_a',
    ];
    const { stdout } = await execa('sh', ['-s', '--', file, ...names], { input: script });
    expect(stdout.split('\n')).toEqual([
      ...[
        'hostname=freebsd',
        'zfs_enable=YES',
        'sshd_enable=YES',
        'pf_enable=YES',
        'dumpdev=NO',
        'nuageinit_enable',
      ],
      'route_a=-net 10.0.0.0/8     192.168.1.1',
    ]);
    expect(merged).not.toMatch(/zfs_enable=NO|nuageinit/);
    expect(mergeRcConf(merged, settings, ['nuageinit_enable'])).toBe(merged);
  });

  it('of the base loses nothing that the overlay sets', async () => {
    const text = await readFile(join(packageRoot, 'image/overlay/etc/rc.conf'), 'utf8');
    const names = parseRcConf(text).map(({ name }) => name);
    for (const name of await shippedList('image/bake/rc.conf.remove')) expect(names).not.toContain(name);
  });
});
