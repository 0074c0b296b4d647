import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { formatVmConf, readSetting, replaceSetting } from '../../src/alpine/vm-conf.ts';
import { create, scratch } from './support/fixture.ts';

/** lib/vm-config of vm-bhyve, config::load, with the programs that it uses. */
async function asVmBhyveReads(file: string): Promise<Map<string, string>> {
  const grep = execa('grep', ['^[a-z]', file]);
  const { stdout } = await grep
    .pipe('awk', ['-F#', '{print $1}'])
    .pipe('sed', ['-e', 's@ *$@@'])
    .pipe('tr', ['-d', '"']);
  const found = new Map<string, string>();
  for (const line of stdout.split('\n')) {
    const [key = ''] = line.split('=');
    if (!found.has(key)) found.set(key, line.slice(key.length + 1));
  }
  return found;
}

async function conf(keys: object = {}): Promise<string> {
  const folder = scratch();
  await create(folder, keys);
  return join(folder, 'docker.conf');
}

describe('the configuration for vm-bhyve', () => {
  it('means the same to vm-bhyve and to sh, which sysrc asks', async () => {
    const file = await conf({ shares: [{ tag: 'd', source: '/tank/data', target: '/srv/d' }] });
    const settings = await asVmBhyveReads(file);
    expect(settings.size).toBe((await readFile(file, 'utf8')).trimEnd().split('\n').length);
    await execa('sh', ['-n', file]);
    const shell = 'set -a; . "$0"; exec env';
    const { stdout } = await execa('sh', ['-c', shell, file], { env: {}, extendEnv: true });
    const variables = stdout.split('\n');
    for (const [key, value] of settings) {
      expect(variables).toContain(`${key}=${value}`);
      expect(readSetting(await readFile(file, 'utf8'), key)).toBe(value);
    }
  });

  it('holds what vm-bhyve requires, disks and boot commands without a gap', async () => {
    const settings = await asVmBhyveReads(await conf({ cpus: 4, memory: '4096M' }));
    expect(Object.fromEntries(settings)).toMatchObject({
      ...{
        loader: 'grub',
        cpu: '4',
        memory: '4096M',
        network0_type: 'virtio-net',
        network0_switch: 'public',
      },
      ...{ disk0_type: 'ahci-cd', disk0_dev: 'custom', disk0_name: '/vm/.iso/alpine-virt-3.24.2-x86_64.iso' },
      ...{
        disk1_type: 'virtio-blk',
        disk1_name: 'apkovl.img',
        disk2_type: 'virtio-blk',
        disk2_name: 'data.img',
      },
      ...{ grub_run0: 'set root=(hd0)', grub_run2: 'initrd /boot/initramfs-virt' },
    });
    expect(settings.get('grub_run1')).toMatch(/^linux \/boot\/vmlinuz-virt .*console=ttyS0,115200$/);
    expect(settings.get('uuid')).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
    expect(settings.get('network0_mac')).toMatch(/^58:9c:fc:0[0-9a-f]:[0-9a-f]{2}:[0-9a-f]{2}$/);
    expect(settings.has('bhyve_options')).toBe(false);
  });

  it('gives each share a function of its own, eight to a slot', async () => {
    const shares = Array.from({ length: 10 }, (_, index) => ({
      ...{ tag: `t${index}`, source: `/tank/${index}`, target: `/srv/${index}`, readonly: index === 9 },
    }));
    const options = (await asVmBhyveReads(await conf({ shares }))).get('bhyve_options') ?? '';
    expect(options).toMatch(/^-s 28:0,virtio-9p,t0=\/tank\/0 -s 28:1,/);
    expect(options).toMatch(/ -s 27:0,virtio-9p,t8=\/tank\/8 -s 27:1,virtio-9p,t9=\/tank\/9,ro$/);
    expect(new Set(options.match(/-s \d+:\d/g)).size).toBe(10);
  });

  it('says so where the guest may only read its overlay disk, and has no data disk', async () => {
    const settings = await asVmBhyveReads(await conf({ overlay_readonly: true, data_disk: 'none' }));
    expect(settings.get('disk1_opts')).toBe('ro');
    expect(settings.has('disk2_name')).toBe(false);
  });

  it.each(['a"b', 'a#b', 'a$b', 'a`b', 'a\\b', 'a\nb', 'a ', 'ä'])('refuses the value %j', (value) => {
    expect(() => formatVmConf([['memory', value]])).toThrow(/memory cannot have the value/);
  });

  it('refuses duplicates and keys that vm-bhyve would not see', () => {
    expect(() => formatVmConf([['cpu', '1'], ['cpu', '2']])).toThrow(/set twice/); // prettier-ignore
    expect(() => formatVmConf([['Cpu', '1']])).toThrow(/not a key/);
  });
});

describe('replaceSetting', () => {
  it('changes one line and leaves comments and order alone', async () => {
    const before = '# mine\nloader="grub"\ndisk0_name="/old"\ncpu="1"';
    const after = replaceSetting(before, 'disk0_name', '/new');
    expect(after).toBe('# mine\nloader="grub"\ndisk0_name="/new"\ncpu="1"');
    expect(replaceSetting(before, 'memory', '1G')).toBe(`${before}\nmemory="1G"\n`);
    const file = join(scratch(), 'x.conf');
    await writeFile(file, replaceSetting(before, 'memory', '1G'));
    expect((await asVmBhyveReads(file)).get('memory')).toBe('1G');
  });

  it('reads as vm-bhyve does: the first of two, nothing after #, no quotes', () => {
    expect(readSetting('cpu="1" # two\ncpu="2"\n memory=3\nMemory=4\n', 'cpu')).toBe('1');
    expect(readSetting(' memory=3\n', 'memory')).toBeUndefined();
  });
});
