import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/ground/assets.ts';
import { findProgram, missing } from '../support/programs.ts';
import { tempDir } from '../support/temp-dir.ts';

const overlay = join(packageRoot, 'image/overlay');
const rcorder = join(packageRoot, 'test/doubles/freebsd/sbin/rcorder');
const list = (await readFile(join(overlay, 'usr/local/etc/podbsd/idle'), 'utf8'))
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => line.split(/\t+/));

/** dash is Debian's sh; FreeBSD's sh and busybox's come from the same one. */
const shells = [['sh'], ['busybox', 'sh'], ['bash', '--posix']].filter(
  ([name = '']) => missing(name) === undefined,
);

/** A file of the overlay with everything absolute moved below a folder. */
async function moved(path: string, root: string): Promise<string> {
  const text = await readFile(join(overlay, path), 'utf8');
  return text.replaceAll(/(?<=["'\s}])\/(?=(etc|usr|sbin)[/\s])/g, `${root}/`);
}

async function program(path: string, text: string): Promise<void> {
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, text);
  await chmod(path, 0o755);
}

describe('idle scripts of the base system', () => {
  const others = { netif: 'REQUIRE: ipfilter', sshd: 'REQUIRE: netif rpcbind', mine: 'REQUIRE: sshd' };

  /** A system with a few scripts. Every script that is listed needs to be there: order is that of all of them. */
  async function system(): Promise<string> {
    const root = await tempDir();
    await mkdir(join(root, 'etc/rc.conf.d'), { recursive: true });
    await mkdir(join(root, 'usr/local/etc/rc.conf.d'), { recursive: true });
    await mkdir(join(root, 'usr/local/etc/podbsd'), { recursive: true });
    await writeFile(join(root, 'usr/local/etc/podbsd/idle'), await moved('usr/local/etc/podbsd/idle', root));
    await writeFile(join(root, 'vendor.conf'), await moved('etc/defaults/vendor.conf', root));
    const scripts = {
      ipfilter: 'BEFORE: netif',
      rpcbind: 'REQUIRE: netif',
      nfsd: '',
      'ftp-proxy': '',
      ...others,
    };
    for (const [name, header] of Object.entries(scripts))
      await program(join(root, 'etc/rc.d', name), `#!/bin/sh\n# PROVIDE: ${name}\n# ${header}\n`);
    await program(join(root, 'bin/rcorder'), await readFile(rcorder, 'utf8'));
    return root;
  }

  /** What rc(8) would run: defaults, vendor.conf, rc.conf, then rcorder by its name. */
  async function toRun(root: string, rcConf: string, shell: readonly string[] = ['sh'], boot = 'faststart') {
    const off = list.map(([, rcvar = '']) => `${rcvar}="NO"\n`).join('');
    const text = [
      `_boot=${boot}`,
      off,
      `local_startup="${root}/usr/local/etc/rc.d"`,
      `. ${root}/vendor.conf`,
      rcConf,
      `files=\`rcorder -s nostart ${root}/etc/rc.d/* 2>/dev/null\``,
      'for file in ${files}; do echo "${file##*/}"; done',
    ].join('\n');
    const [name = '', ...args] = shell;
    const env = { PATH: `${root}/bin:${process.env['PATH'] ?? ''}` };
    const { stdout, stderr } = await execa(findProgram(name) ?? '', args, { input: text, env });
    expect(stderr).toBe('');
    return stdout.split('\n');
  }

  it.each(shells)('are left out, and the others keep their order: %s %s', async (...shell) => {
    expect(await toRun(await system(), '', shell.filter(Boolean))).toEqual(['netif', 'sshd', 'mine']);
  });

  it.each([
    ['YES', true],
    ['on', true],
    ['1', true],
    ['NO', false],
    ['no', false],
    ['0', false],
    // checkyesno would warn of these, and the script is to say so.
    ['maybe', true],
    ['', true],
  ])('run when they are on, or not set properly: "%s"', async (value, runs) => {
    const ran = await toRun(await system(), `rpcbind_enable="${value}"`);
    expect(ran.includes('rpcbind')).toBe(runs);
    if (runs) expect(ran).toEqual(['netif', 'rpcbind', 'sshd', 'mine']);
  });

  it.each(['etc/rc.conf.d/ftpproxy', 'usr/local/etc/rc.conf.d/ftpproxy'])(
    'run when something is set for them alone, in %s',
    async (path) => {
      const root = await system();
      await writeFile(join(root, path), 'ftpproxy_enable=YES\n');
      expect(await toRun(root, '')).toContain('ftp-proxy');
    },
  );

  it('are all run with podbsd_idle_enable="NO", without the list, and elsewhere than in rc(8)', async () => {
    const root = await system();
    const all = ['ipfilter', 'netif', 'rpcbind', 'sshd', 'mine', 'nfsd', 'ftp-proxy'].sort();
    expect((await toRun(root, 'podbsd_idle_enable="NO"')).sort()).toEqual(all);
    expect((await toRun(root, 'podbsd_idle_scripts=/nowhere')).sort()).toEqual(all);
    expect((await toRun(root, '', ['sh'], '')).sort()).toEqual(all);
  });

  it('stay executable: others start them, and service(8) does', async () => {
    const root = await system();
    await toRun(root, '');
    for (const name of await readdir(join(root, 'etc/rc.d')))
      expect((await stat(join(root, 'etc/rc.d', name))).mode & 0o777).toBe(0o755);
  });

  it('are listed once each, with a variable of rc.conf', () => {
    const names = list.map(([name]) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBeGreaterThan(55);
    for (const line of list) {
      expect(line.length).toBeLessThanOrEqual(3);
      expect(line[1]).toMatch(/^[a-z0-9_]+_enable$/);
    }
  });

  it('are none that does something while it is off, or that our own settings turn on', async () => {
    const names = list.map(([name]) => name);
    // Off, devd tells the kernel; routed, route6d, kdc, kadmind, kpasswdd and nscd also obey older variables.
    const never = [
      'devd',
      'routed',
      'route6d',
      'kdc',
      'kadmind',
      'kpasswdd',
      'nscd',
      'sendmail',
      'linux',
      'jail',
      'FILESYSTEMS',
    ];
    for (const name of never) expect(names).not.toContain(name);
    const ours = await readFile(join(overlay, 'etc/rc.conf'), 'utf8');
    for (const [, rcvar] of list) expect(ours).not.toContain(`${rcvar ?? ''}="YES"`);
  });
});

describe('the rulesets of devfs', () => {
  /** Keeps rules in a folder as the kernel does, numbered by hundreds, and counts how often it is started. */
  const devfs = `#!/bin/sh
echo "$*" >>"$STATE/calls"
[ "$1" = rule ] && [ "$2" = -s ] && [ -n "$3" ] || { echo "usage" >&2; exit 1; }
set=$STATE/$3; shift 3
add() {
	for word; do case $word in path|hide|unhide|include|mode|user|group|type) known=1 ;; esac; done
	[ -n "$known" ] || { echo "devfs rule: unknown argument: $1" >&2; exit 1; }
	echo "$*" >>"$set"
}
case $1 in
delset) rm -f "$set" ;;
add)
	shift
	if [ "$1" = - ]; then
		while read -r line; do
			[ -n "$line" ] || { echo "devfs rule: unexpected end of rulespec" >&2; exit 1; }
			set -f; add $line
		done
	else add "$@"
	fi ;;
applyset) echo applied >>"$set" ;;
*) exit 1 ;;
esac
`;

  async function load(rules: string, shell: readonly string[] = ['sh']) {
    const root = await tempDir();
    const state = join(root, 'state');
    await mkdir(state);
    await writeFile(join(root, 'file'), 'a file that a pattern must not become');
    await program(join(root, 'sbin/devfs'), devfs);
    await writeFile(join(root, 'rules'), rules);
    await writeFile(join(root, 'devfs.conf'), await moved('etc/rc.conf.d/devfs', root));
    const text = `warn() { echo "WARNING: $*" >&2; }
debug() { :; }
cd ${root}
. ${root}/devfs.conf
devfs_rulesets_from_file ${root}/rules
echo $?
case $- in *f*) echo noglob ;; esac
`;
    const [name = '', ...args] = shell;
    const { stdout, stderr } = await execa(findProgram(name) ?? '', args, {
      input: text,
      env: { STATE: state },
    });
    const read = (set: string) => readFile(join(state, set), 'utf8').catch(() => undefined);
    const calls = ((await read('calls')) ?? '').split('\n').filter((line) => line !== '');
    return { stdout, stderr, calls, read };
  }

  const rules = `# A comment
[hide_all=1]
add hide

[basic=2]
add path null unhide   # a device
add path 'f*' unhide
add path fd/* mode 0660 user root

[jail=4]
add include $hide_all
add include $basic
applyset
add path zfs unhide`;

  it.each(shells)('are the rules of the file, with two programs for each: %s %s', async (...shell) => {
    const { stdout, stderr, calls, read } = await load(`${rules}\n`, shell.filter(Boolean));
    expect(stderr).toBe('');
    expect(stdout).toBe('0');
    expect(await read('1')).toBe('hide\n');
    expect(await read('2')).toBe('path null unhide\npath f* unhide\npath fd/* mode 0660 user root\n');
    expect(await read('4')).toBe('include 1\ninclude 2\napplied\npath zfs unhide\n');
    expect(calls).toEqual([
      ...['rule -s 1 delset', 'rule -s 1 add -', 'rule -s 2 delset', 'rule -s 2 add -'],
      ...['rule -s 4 delset', 'rule -s 4 add -', 'rule -s 4 applyset', 'rule -s 4 add -'],
    ]);
  });

  it.each([
    ['[nameless]', /cannot extract name and number/],
    ['[=7]', /cannot extract name and number/],
    ['[a-b=7]', /cannot extract name and number/],
    ['[a=x7]', /cannot extract name and number/],
    ['[a=7]\nadd nonsense\n[b=8]\nadd hide', /unknown argument: nonsense/],
  ])('%j is an error, and what follows is not loaded', async (text, words) => {
    const { stdout, stderr, read } = await load(`${text}\nadd hide\n`);
    expect(stdout).toBe('1');
    expect(stderr).toMatch(words);
    expect(await read('8')).toBeUndefined();
  });

  it('are none of a file that is not there', async () => {
    const root = await tempDir();
    const text = `debug() { :; }\n. ${join(overlay, 'etc/rc.conf.d/devfs')}\ndevfs_rulesets_from_file ${root}/none\n`;
    expect((await execa('sh', { input: text, reject: false })).exitCode).toBe(0);
  });
});

describe('the lease of the network', () => {
  const reasons = ['PREINIT', 'ARPSEND', 'ARPCHECK', 'BOUND', 'REBOOT', 'RENEW', 'TIMEOUT', 'EXPIRE', 'FAIL'];
  it.each(reasons)('is not waited for when nobody is asked: %s', async (reason) => {
    // As dhclient-script(8) does before it begins.
    const hooks = join(overlay, 'etc/dhclient-enter-hooks');
    const { stdout } = await execa('sh', [
      '-c',
      `reason=${reason} exit_status=0; . ${hooks}; echo $exit_status`,
    ]);
    expect(stdout).toBe(reason === 'ARPSEND' ? '1' : '0');
  });
});

describe('devd', () => {
  async function settings(before: string): Promise<string> {
    const file = join(overlay, 'etc/rc.conf.d/devd');
    const text = `${before}; . ${file}; echo "$devd_flags|$devd_nice"`;
    return (await execa('sh', ['-c', text])).stdout;
  }

  it('answers the events of the boot in the background, after everything else', async () => {
    expect(await settings('_boot=faststart podbsd_late_enable=YES devd_flags=-q')).toBe('-n -q|20');
    expect(await settings('_boot=quietstart podbsd_late_enable=yes devd_nice=5')).toBe('-n |5');
  });

  it('is as always when it is started by hand, or without podbsd_late', async () => {
    expect(await settings('podbsd_late_enable=YES devd_flags=')).toBe('|');
    expect(await settings('_boot=faststart podbsd_late_enable=NO')).toBe('|');
  });
});
