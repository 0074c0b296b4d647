import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { packageRoot } from '../../src/ground/assets.ts';

/**
 * Headers of FreeBSD 14 and 15's own scripts and of the port of podman, as far as they come near ours: what each provides,
 * what it requires, what it comes before.
 */
const others: Readonly<Record<string, string>> = {
  FILESYSTEMS: 'REQUIRE: zfs',
  zfs: 'BEFORE: FILESYSTEMS',
  ldconfig: 'REQUIRE: FILESYSTEMS BEFORE: DAEMON',
  netif: 'PROVIDE: netif NETWORKING REQUIRE: FILESYSTEMS',
  DAEMON: 'REQUIRE: NETWORKING ldconfig',
  ntpd: 'REQUIRE: DAEMON FILESYSTEMS BEFORE: LOGIN',
  linux: 'REQUIRE: FILESYSTEMS BEFORE: DAEMON',
  LOGIN: 'REQUIRE: DAEMON',
  sshd: 'REQUIRE: LOGIN FILESYSTEMS',
  cron: 'REQUIRE: LOGIN FILESYSTEMS BEFORE: securelevel',
  jail: 'REQUIRE: LOGIN FILESYSTEMS BEFORE: securelevel',
  bgfsck: 'REQUIRE: cron',
  inetd: 'REQUIRE: DAEMON LOGIN',
  msgs: 'REQUIRE: LOGIN',
  sendmail: 'PROVIDE: mail REQUIRE: LOGIN FILESYSTEMS',
  syscons: 'REQUIRE: LOGIN',
  securelevel: 'REQUIRE: LOGIN',
  podman: 'REQUIRE: LOGIN',
  podman_service: 'REQUIRE: LOGIN',
};

let folder: string;
let order: readonly string[];
let said: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'podbsd-rc-'));
  const base = join(folder, 'rc.d');
  await mkdir(base);
  for (const [name, header] of Object.entries(others)) {
    const provide = header.startsWith('PROVIDE') ? '' : `# PROVIDE: ${name}\n`;
    const lines = header.replaceAll(/ (?=REQUIRE:|BEFORE:)/g, '\n').replaceAll(/^/gm, '# ');
    await writeFile(join(base, name), `#!/bin/sh\n${provide}${lines}\n`);
  }
  const own = join(packageRoot, 'ignition/rc.d');
  const scripts = [base, own].map(async (at) => (await readdir(at)).map((name) => join(at, name)));
  // As rc(8): first the base system's scripts, then those of packages.
  const files = (await Promise.all(scripts)).flat();
  const result = await execa('sh', [join(packageRoot, 'test/doubles/freebsd/sbin/rcorder'), ...files]);
  order = result.stdout.split('\n').map((path) => path.slice(path.lastIndexOf('/') + 1));
  said = result.stderr;
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it('has no circle and nothing that nobody provides', () => {
  expect(said).toBe('');
  expect(new Set(order).size).toBe(order.length);
});

it.each([
  ['podbsd_storage', 'podbsd_provision'],
  ['podbsd_provision', 'LOGIN'],
  ['podbsd_provision', 'sshd'],
  ['sshd', 'podbsd_ready'],
  ['podman_service', 'podbsd_ready'],
  ['podbsd_ready', 'podbsd_late'],
  ['podbsd_ready', 'podbsd_health'],
  ['podbsd_ready', 'cron'],
  ['podbsd_ready', 'jail'],
  ['podbsd_ready', 'sendmail'],
  ['podbsd_ready', 'bgfsck'],
])('%s comes before %s', (first, second) => {
  expect(order).toContain(first);
  expect(order.indexOf(first)).toBeLessThan(order.indexOf(second));
});
