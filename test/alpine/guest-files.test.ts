import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import TOML from '@iarna/toml';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { parseReport } from '../../src/alpine/guest/address.ts';
import { scratch } from './support/fixture.ts';

const overlay = fileURLToPath(new URL('../../image/alpine/overlay', import.meta.url));

/** Programs of the guest, as scripts that write their command line to `calls`. */
async function programs(folder: string, scripts: Readonly<Record<string, string>>): Promise<void> {
  await mkdir(join(folder, 'bin'));
  for (const [name, body] of Object.entries(scripts)) {
    const path = join(folder, 'bin', name);
    await writeFile(path, `#!/bin/sh\necho "${name} $*" >> '${folder}/calls'\n${body}\n`);
    await chmod(path, 0o755);
  }
}

/** A script of the guest with the paths that it names moved below a folder. */
async function moved(path: string, folder: string, prefixes: readonly string[]): Promise<string> {
  const source = await readFile(join(overlay, path), 'utf8');
  return prefixes.reduce((text, prefix) => text.replaceAll(prefix, `${folder}${prefix}`), source);
}

/** Not with busybox's shell: Debian's looks for its own programs before those in PATH. */
async function shell(folder: string, script: string): Promise<void> {
  const PATH = `${join(folder, 'bin')}:${process.env['PATH'] ?? ''}`;
  await execa('sh', ['-c', script], { env: { PATH } });
}

describe('the data disk of the guest', () => {
  /** What OpenRC gives to the functions of a service. */
  const openrc = 'ebegin() { :; }; eend() { return "$1"; }; eerror() { echo "$*" >&2; }';

  async function start(folder: string): Promise<string[]> {
    await mkdir(join(folder, 'etc/podbsd'), { recursive: true });
    await writeFile(join(folder, 'etc/podbsd/data-disk'), `${folder}/data\n`);
    const service = await moved('etc/init.d/podbsd-data', folder, ['/etc/podbsd']);
    await shell(folder, `${openrc}\n${service.replace(/^#!.*/, '')}\nstart`);
    return (await readFile(join(folder, 'calls'), 'utf8')).trimEnd().split('\n');
  }

  it("is found again by its label with the programs of Alpine's base", async () => {
    const folder = scratch();
    await programs(folder, {
      // As busybox has it: every word is the name of a device, and no device is no error.
      blkid: 'exit 0',
      findfs: '[ "$1" = LABEL=podbsd-data ] && echo /dev/vdc',
      ...{ mountpoint: 'exit 1', mount: '', 'fsck.ext4': '', 'mkfs.ext4': '' },
    });
    expect(await start(folder)).toContain(`mount -t ext4 -o noatime /dev/vdc ${folder}/data`);
  });
});

describe('the report of the guest', () => {
  it('has the addresses of its card, not those of the bridges of the engine', async () => {
    const folder = scratch();
    const card = '2: eth0    inet 192.0.2.7/24 brd 192.0.2.255 scope global eth0';
    const bridge = '3: docker0    inet 172.17.0.1/16 brd 172.17.255.255 scope global docker0';
    await programs(folder, {
      ip: `case "$*" in *'dev eth0'*) echo '${card}' ;; *) echo '${bridge}'; echo '${card}' ;; esac`,
      pidof: 'exit 0',
      sleep: 'kill $PPID',
    });
    await mkdir(join(folder, 'etc/podbsd'), { recursive: true });
    await writeFile(join(folder, 'etc/podbsd/engine'), 'none\n');
    await mkdir(join(folder, 'dev/virtio-ports'), { recursive: true });
    const port = join(folder, 'dev/virtio-ports/podbsd');
    await writeFile(port, '');
    const script = await moved('etc/podbsd/report', folder, ['/etc/podbsd', '/dev/virtio-ports']);
    await shell(folder, script).catch(() => undefined);
    expect(parseReport(await readFile(port, 'utf8'))).toEqual({
      ...{ addresses: ['192.0.2.7'], sshd: 'ready', engine: 'none' },
    });
  });
});

describe('the installer of the engine', () => {
  /** @param installed what apk has from the start; what the network brings with the first `apk add`. */
  async function run(world: string, installed: string, brings: string): Promise<string[]> {
    const folder = scratch();
    await programs(folder, {
      apk: `cd '${folder}'
case "$*" in
*info*) grep -qx -e "\${4}" installed ;;
*add) for name in ${brings}; do echo "$name" >> installed; printf '' > "etc/init.d/$name"; chmod 755 "etc/init.d/$name"; done ;;
esac`,
      'rc-service': '',
      sleep: '',
    });
    await mkdir(join(folder, 'etc/podbsd'), { recursive: true });
    await mkdir(join(folder, 'etc/init.d'));
    await mkdir(join(folder, 'etc/apk'));
    await writeFile(join(folder, 'etc/podbsd/engine'), 'docker\n');
    await writeFile(join(folder, 'etc/apk/world'), world);
    await writeFile(join(folder, 'installed'), installed);
    const paths = ['/etc/podbsd', '/etc/init.d', '/etc/apk'];
    await shell(folder, await moved('etc/podbsd/install-engine', folder, paths)).catch(() => undefined);
    const calls = (await readFile(join(folder, 'calls'), 'utf8')).trimEnd().split('\n');
    return calls.filter((line) => !line.startsWith('apk info'));
  }

  it('brings what is missing with one call, and starts the engine', async () => {
    expect(await run('docker\nopenssh@edge\nhtop=3.4\n', 'openssh\n', 'docker htop')).toEqual([
      'apk --no-progress add',
      'rc-service docker start',
    ]);
  });

  it('does not take a package that is kept out for one that is missing', async () => {
    expect(await run('docker\n!vim\n', 'docker\n', '')).toEqual([]);
  });

  it('starts the engine also when another package cannot be had', async () => {
    const calls = await run('docker\nnobody-has-this\n', '', 'docker');
    expect(calls.slice(0, 2)).toEqual(['apk --no-progress add', 'rc-service docker start']);
  });
});

describe("podman's configuration in the guest", () => {
  it('keeps layers that are on their way beside the images, not in memory', async () => {
    const file = join(overlay, 'etc/containers/containers.conf.d/podbsd.conf');
    expect(TOML.parse(await readFile(file, 'utf8'))).toEqual({ engine: { image_copy_tmp_dir: 'storage' } });
  });
});
