import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/ground/assets.ts';
import { findProgram, missing } from '../support/programs.ts';

const rcFolder = join(packageRoot, 'ignition/rc.d');
const overlay = join(packageRoot, 'image/overlay');

/** Names that FreeBSD 14 and 15 provide, of base and of the port sysutils/podman. */
const providedElsewhere = new Set([
  'FILESYSTEMS',
  'LOGIN',
  'bgfsck',
  'cron',
  'inetd',
  'jail',
  'mail',
  'msgs',
  'syscons',
  'netif',
  'NETWORKING',
  'ldconfig',
  'sshd',
  'podman_service',
  'zfs',
]);

interface RcScript {
  readonly name: string;
  readonly text: string;
  readonly mode: number;
  readonly words: (keyword: string) => string[];
}

async function rcScripts(): Promise<RcScript[]> {
  const names = await readdir(rcFolder);
  return await Promise.all(
    names.map(async (name) => {
      const text = await readFile(join(rcFolder, name), 'utf8');
      const words = (keyword: string) =>
        [...text.matchAll(new RegExp(`^# ${keyword}: (.*)$`, 'gm'))].flatMap((match) =>
          (match[1] ?? '').split(' '),
        );
      return { name, text, words, mode: (await stat(join(rcFolder, name))).mode };
    }),
  );
}

describe('rc scripts', async () => {
  const scripts = await rcScripts();

  it.each(scripts)('$name names what rcorder(8) knows', ({ name, mode, text, words }) => {
    expect(mode & 0o111).toBe(0o111);
    expect(words('PROVIDE')).toEqual([name]);
    // rcorder takes "a," as the name of a provider: separate by spaces only.
    expect(text.match(/^# (PROVIDE|REQUIRE|BEFORE|KEYWORD):.*,/m)).toBeNull();
    const own = new Set(scripts.map((script) => script.name));
    for (const word of [...words('REQUIRE'), ...words('BEFORE')]) {
      expect(own.has(word) || providedElsewhere.has(word), word).toBe(true);
    }
    expect(text).toContain(`\nname="${name}"\n`);
    expect(text).toContain(`\nrcvar="${name}_enable"\n`);
  });

  it.each(scripts)('$name is valid sh', async ({ name }) => {
    await execa('sh', ['-n', join(rcFolder, name)]);
  });

  it('provisions before the network is up and anybody can log in, and reports ready after sshd and the API', () => {
    const find = (name: string) => scripts.find((script) => script.name === name);
    expect(find('podbsd_provision')?.words('BEFORE')).toEqual(['netif', 'LOGIN']);
    expect(find('podbsd_storage')?.words('BEFORE')).toContain('LOGIN');
    expect(find('podbsd_ready')?.words('REQUIRE')).toEqual(
      expect.arrayContaining(['sshd', 'podman_service']),
    );
  });

  it('is enabled in the overlay, script by script', async () => {
    const rcConf = await readFile(join(overlay, 'etc/rc.conf'), 'utf8');
    for (const { name } of scripts) expect(rcConf).toContain(`\n${name}_enable="YES"\n`);
  });
});

describe('the overlay', async () => {
  const rcConfNames = await readdir(join(overlay, 'etc/rc.conf.d'));

  it('holds no file that FreeBSD itself ships and upgrades, and no host key', async () => {
    const paths = (await readdir(overlay, { recursive: true })).sort();
    expect(paths.filter((path) => /ssh_host|sshd_config|login\.conf|ttys|fstab|passwd/.test(path))).toEqual(
      [],
    );
    expect(paths).not.toContain('etc/sysctl.conf');
    expect(paths).not.toContain('boot/loader.conf');
  });

  it('gives syslogd a configuration whose console line leaves out sshd and sudo', async () => {
    const rcConf = await readFile(join(overlay, 'etc/rc.conf'), 'utf8');
    const path = /^syslogd_flags="-ss -f (\/\S+)"$/m.exec(rcConf)?.[1] ?? '';
    const lines = (await readFile(join(overlay, path), 'utf8')).split('\n');
    const toConsole = lines.filter((line) => line.endsWith('\t/dev/console'));
    expect(toConsole.map((line) => line.split('\t')[0])).toEqual(['*.crit;kern.warning;auth,authpriv.none']);
  });

  const sshd = findProgram('sshd');
  it.skipIf(missing('sshd', 'ssh-keygen') !== undefined)(
    'gives sshd only options that it takes',
    async () => {
      const file = join(overlay, 'etc/rc.conf.d/sshd');
      // Like rc.subr: the file is sourced, then the flags are split into words.
      const { stdout } = await execa('sh', ['-c', '. "$1"; printf "%s\\n" $sshd_flags', 'sh', file]);
      const { stdout: settings } = await execa(sshd ?? '', ['-T', '-f', '/dev/null', ...stdout.split('\n')]);
      expect(settings).toContain('permitrootlogin without-password');
      expect(settings).toContain('passwordauthentication no');
      expect(settings).toContain('kbdinteractiveauthentication no');
      expect(settings).toContain('allowstreamlocalforwarding yes');
      expect(settings).toContain('maxstartups 65535:');
      expect(settings).toMatch(/^setenv PATH=\/usr\/local\/libexec\/podbsd\/bin:\/sbin:/m);
    },
  );

  it.each(['etc/rc.conf', ...rcConfNames.map((name) => `etc/rc.conf.d/${name}`)])(
    '%s is valid sh',
    async (path) => {
      await execa('sh', ['-n', join(overlay, path)]);
    },
  );
});
