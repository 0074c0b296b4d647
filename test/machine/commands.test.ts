import { randomBytes } from 'node:crypto';
import { mkdir, readFile, readdir, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { execa } from 'execa';
import { beforeEach, describe, expect, it } from 'vitest';
import { mbrSector } from '../disk/sample-disk.ts';
import { missing } from '../support/programs.ts';
import { tempDir } from '../support/temp-dir.ts';
import { MachineUser } from './support/user.ts';

let user: MachineUser;
let image = '';

beforeEach(async () => {
  user = await MachineUser.make(await tempDir());
  image = join(user.home, 'image.raw');
  await writeFile(image, mbrSector());
  await truncate(image, 1024 * 1024);
});

async function init(name: string, ...args: string[]): Promise<void> {
  await user.ok('init', '--image', image, '--disk-size', '1', '-v', '', ...args, name);
}

interface Inspected {
  readonly State: string;
  readonly Resources: { readonly CPUs: number; readonly Memory: number; readonly DiskSize: number };
  readonly Volumes: readonly { readonly target: string; readonly readOnly: boolean }[];
  readonly SSHConfig: { readonly Port: number };
}

async function inspect(name: string): Promise<Inspected> {
  const [found] = JSON.parse((await user.ok('inspect', name)).stdout) as Inspected[];
  if (found === undefined) throw new Error('nothing was inspected');
  return found;
}

describe.skipIf(missing('qemu-img') !== undefined)('podbsd machine', () => {
  it('init without an image says how to get one', async () => {
    const { exitCode, stderr } = await user.run('init');
    expect(exitCode).toBe(2);
    expect(stderr).toContain('podbsd build-image --recipe bake');
  });

  it('init makes a machine that list and inspect show, for its user alone', async () => {
    await init('one', '--cpus', '3', '--memory', '512', '--timezone', 'Europe/Berlin');
    await init('two');
    const listed = await user.ok('list');
    expect(listed.stdout).toMatch(/^one +stopped +qemu .* Never +3 +512MiB +1GiB$/m);
    expect((await user.ok('ls', '-q')).stdout).toBe('one\ntwo');
    expect(await inspect('one')).toMatchObject({
      State: 'stopped',
      Resources: { CPUs: 3, Memory: 512, DiskSize: 1 },
      Volumes: [],
    });
    const { identity, folder } = user.paths('one');
    expect((await stat(identity)).mode & 0o777).toBe(0o600);
    expect((await stat(folder)).mode & 0o077).toBe(0);
    expect((await inspect('one')).SSHConfig.Port).not.toBe((await inspect('two')).SSHConfig.Port);
  });

  it('init does not replace a machine', async () => {
    await init('one');
    const before = await readFile(user.paths('one').record, 'utf8');
    const { exitCode, stderr } = await user.run('init', '--image', image, 'one');
    expect(exitCode).toBe(1);
    expect(stderr).toContain('there is a machine of this name already');
    expect(await readFile(user.paths('one').record, 'utf8')).toBe(before);
  });

  it('an init that fails leaves nothing', async () => {
    const { exitCode } = await user.run('init', '--image', join(user.home, 'none'), 'one');
    expect(exitCode).toBe(2);
    expect(await readdir(join(user.home, 'data/podbsd/machine'))).toEqual(['.lock']);
    expect(await readdir(join(user.home, 'data/podbsd/machine/.lock'))).toEqual([]);
  });

  it('an init that was killed is swept up by the next', async () => {
    const left = join(user.home, 'data/podbsd/machine/.making-one-AbCdEf');
    await mkdir(left, { recursive: true });
    await init('one');
    await expect(stat(left)).rejects.toThrow('ENOENT');
  });

  it.each(['../x', '-x', '', 'a b', 'x'.repeat(41)])('the name %j is refused', async (name) => {
    const { exitCode } = await user.run('init', '--image', image, '--', name);
    expect(exitCode).toBe(2);
  });

  it.skipIf(process.getuid?.() !== 0)('a full file system is named, and nothing is left on it', async () => {
    const data = join(user.home, 'data');
    await mkdir(data);
    await execa('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', data]);
    try {
      await writeFile(image, Buffer.concat([mbrSector(), randomBytes(4 * 1024 * 1024)]));
      const { exitCode, stderr } = await user.run('init', '--image', image, '--disk-size', '1', 'one');
      expect(exitCode).toBe(13);
      expect(stderr).toContain('no space is left');
      expect(await readdir(join(data, 'podbsd/machine'))).toEqual(['.lock']);
    } finally {
      await execa('umount', [data]);
    }
  });

  it("flags are as podman's: on without a value, off with =false, and they leave the name alone", async () => {
    await user.ok(
      'init',
      '--image',
      image,
      '--disk-size',
      '1',
      '-v',
      '',
      '--rootful',
      '--tls-verify=true',
      'one',
    );
    expect(await inspect('one')).toMatchObject({ Rootful: true });
    await user.ok('set', '--rootful=false', 'one');
    expect(await inspect('one')).toMatchObject({ Rootful: false });
    await user.ok('set', '--rootful', 'one');
    expect(await inspect('one')).toMatchObject({ Rootful: true });
  });

  it('set changes what is named, and nothing else', async () => {
    await init('one', '--cpus', '1', '--memory', '512');
    await user.ok('set', '--cpus', '2', '--disk-size', '2', '-v', `${user.home}:/srv:ro`, 'one');
    expect(await inspect('one')).toMatchObject({
      Resources: { CPUs: 2, Memory: 512, DiskSize: 2 },
      Volumes: [{ target: '/srv', readOnly: true }],
    });
    for (const dry of [[], ['--dry-run']]) {
      const smaller = await user.run('set', ...dry, '--disk-size', '1', 'one');
      expect(smaller.exitCode).toBe(2);
      expect(smaller.stdout).toBe('');
      expect(smaller.stderr).toContain('shrinking it would destroy');
    }
    expect((await user.run('set', 'one')).exitCode).toBe(2);
  });

  it.each([
    [['--image', 'nowhere.raw'], 2, 'there is no such file or folder'],
    [['--image', 'text.qcow2'], 65, 'it is a text file'],
    [['--image', 'linux.raw'], 65, 'it is not a disk of FreeBSD'],
    [['-v', 'nowhere:/srv'], 11, 'nowhere, which the machine shares, does not exist'],
    [['-v', 'text.qcow2:/srv'], 11, 'text.qcow2, which the machine shares, is a file'],
  ] as const)('init %s is refused before anything is made, by its dry run too', async (words, code, what) => {
    await writeFile(join(user.home, 'text.qcow2'), 'a text\n');
    await writeFile(join(user.home, 'linux.raw'), mbrSector(0x83));
    const here = words.map((word) => word.replace(/^(nowhere|text|linux)/, `${user.home}/$1`));
    for (const dry of [[], ['--dry-run']]) {
      const { exitCode, stderr } = await user.run('init', '--image', image, ...here, ...dry, 'one');
      expect(stderr).toContain(what);
      expect(exitCode).toBe(code);
    }
    expect((await user.ok('list', '-q')).stdout).toBe('');
  });

  it('a dry run changes nothing and prints the programs', async () => {
    await user.ok('init', '--image', image, '--dry-run', 'one');
    expect((await user.ok('list', '-q')).stdout).toBe('');
    await init('one', '-v', `${user.home}:/srv/it's:ro`);
    const qemu = (await user.ok('start', '--dry-run', 'one')).stdout;
    expect(qemu).toContain('-fw_cfg name=opt/com.coreos/config,file=');
    expect(qemu).not.toMatch(/0\.0\.0\.0|hostfwd=tcp::/);
    const bhyve = (await user.ok('start', '--dry-run', '--provider', 'bhyve', 'one')).stdout;
    expect(bhyve).toMatch(/^bhyve .* -o lpc\.fwcfg=qemu -f name=opt\/com\.coreos\/config,file=\S+ /);
    expect(bhyve).toContain('virtio-console,org.fedoraproject.port.0=');
    expect(bhyve).toContain('hostfwd=tcp:127.0.0.1:');
    expect(bhyve).toContain(`=${user.home},ro `);
    expect(await user.state('one')).toBe('stopped');
  });

  it('what needs a running machine says that it is not running', async () => {
    await init('one');
    for (const args of [
      ['ssh', 'one'],
      ['cp', 'one:/etc/rc.conf', '.'],
      ['console', 'one'],
    ]) {
      const { exitCode, stderr } = await user.run(...args);
      expect(exitCode).toBe(1);
      expect(stderr).toContain('podbsd machine start one');
    }
    expect((await user.ok('stop', 'one')).stderr).toContain('Machine one was stopped.');
  });

  it('a machine that does not exist', async () => {
    const { exitCode, stderr } = await user.run('start', 'none');
    expect(exitCode).toBe(1);
    expect(stderr).toContain('there is no machine of this name');
  });

  it('a missing disk and a missing shared folder are named', async () => {
    const shared = join(user.home, 'shared');
    await mkdir(shared);
    await init('one', '-v', shared);
    await rm(shared, { recursive: true });
    expect((await user.run('start', 'one')).stderr).toContain(`${shared}, which the machine shares`);
    await rm(user.paths('one').disk);
    expect((await user.run('start', 'one')).stderr).toContain('its disk is missing');
  });

  it('a damaged machine.json is named, and its disk is not touched', async () => {
    await init('one');
    await writeFile(user.paths('one').record, '{"schema":"podbsd-machine/1"}');
    const { exitCode, stderr } = await user.run('start', 'one');
    expect(exitCode).toBe(65);
    expect(stderr).toContain('machine.json');
    expect((await stat(user.paths('one').disk)).size).toBeGreaterThan(0);
  });

  it('a damaged machine does not hide the others', async () => {
    await init('one');
    await init('two');
    await writeFile(user.paths('one').record, '{}');
    const { stdout, stderr } = await user.ok('list', '-q');
    expect(stdout).toBe('two');
    expect(stderr).toContain('one/machine.json');
  });

  it("templates print fields, as podman's do", async () => {
    await init('one', '--memory', '512');
    const { apiSocket } = user.paths('one');
    const socket = '{{.ConnectionInfo.PodmanSocket.Path}}';
    expect((await user.ok('inspect', '--format', socket, 'one')).stdout).toBe(apiSocket);
    expect((await user.ok('inspect', '--format', '{{json .Volumes}}', 'one')).stdout).toBe('[]');
    expect((await user.ok('list', '--format', '{{.Name}}\\t{{.CPUs}}')).stdout).toMatch(/^one\t\d+$/);
    const table = (await user.ok('list', '--format', 'table {{.Name}}\\t{{.VMType}}')).stdout;
    expect(table).toBe('NAME  VMTYPE\none   qemu');
    const [entry] = JSON.parse((await user.ok('list', '--format', 'json')).stdout) as [{ Memory: unknown }];
    expect(entry.Memory).toBe('536870912');
    for (const format of ['{{.Nothing}}', '{{range .}}', 'yaml', '{{.Name'])
      expect((await user.run('list', '--format', format)).exitCode, format).toBe(2);
  });

  it.each([
    ['--username', 'root'],
    ['--username', '-oProxyCommand=x'],
    ['--timezone', '../../etc/passwd'],
    ['--timezone', ''],
  ])('init refuses %s %j', async (option, value) => {
    const { exitCode, stderr } = await user.run('init', '--image', image, `${option}=${value}`, 'one');
    expect(exitCode).toBe(2);
    expect(stderr).toContain(option);
  });

  it("podman 4's word for the image is taken, too", async () => {
    await user.ok('init', '--image-path', image, '--disk-size', '1', '-v', '', 'one');
    expect((await user.ok('list', '-q')).stdout).toBe('one');
  });

  it.each([[['one', '--', 'ls', '-l']], [['one', 'ls', '-l']]])(
    'ssh %j runs the command alone',
    async (words) => {
      await init('one');
      expect((await user.ok('ssh', '--dry-run', ...words)).stdout).toMatch(/@127\.0\.0\.1 -- ls -l$/);
    },
  );

  it('rm asks, or must be told; the disk can be kept', async () => {
    await init('one');
    const asked = await user.run('rm', 'one');
    expect(asked.exitCode).toBe(2);
    expect(asked.stderr).toContain('add --force');
    const { stderr } = await user.ok('rm', '--force', '--save-image', 'one');
    const kept = /Its disk is (\S+)/.exec(stderr)?.[1] ?? '';
    expect((await stat(kept)).size).toBeGreaterThan(0);
    expect((await user.ok('list', '-q')).stdout).toBe('');
    await expect(stat(user.paths('one').folder)).rejects.toThrow('ENOENT');
  });

  it('rm goes on where podman does not, and says what is left', async () => {
    await init('one');
    const { record } = user.paths('one');
    const registered = { port: 2222, connections: ['one'], dockerContext: false };
    const before = JSON.parse(await readFile(record, 'utf8')) as object;
    await writeFile(record, JSON.stringify({ ...before, registered }));
    const bin = join(user.home, 'bin');
    await mkdir(bin);
    const lists = '[ "$3" = list ] && echo "one ssh://core@127.0.0.1:2222/x"';
    await writeFile(join(bin, 'podman'), `#!/bin/sh\n${lists} || { echo broken >&2; exit 125; }\n`, {
      mode: 0o755,
    });
    user.env['PATH'] = `${bin}:${user.env['PATH']}`;
    const { stderr } = await user.ok('rm', '--force', 'one');
    expect(stderr).toContain('podman system connection remove one');
    expect(stderr).toContain('broken');
    expect((await user.ok('list', '-q')).stdout).toBe('');
  });

  it.skipIf(missing('qemu-system-x86_64') !== undefined)(
    'a guest that never gets ready: the start ends with phase, reason and what helps; stop forces it off',
    async () => {
      await init('one', '--memory', '64');
      const { sshPort } = JSON.parse(await readFile(user.paths('one').record, 'utf8')) as { sshPort: number };
      // Its port is taken, too: another one is chosen.
      const server = createServer().listen(sshPort, '127.0.0.1');
      const { exitCode, stderr } = await user.run('start', '--timeout', '3', 'one');
      server.close();
      expect(exitCode).toBe(16);
      expect(stderr).toContain('not ready after 3 s');
      expect(stderr).toContain('It got as far as: ');
      expect(stderr).toContain('podbsd machine stop one');
      expect((await inspect('one')).SSHConfig.Port).not.toBe(sshPort);
      expect(await user.state('one')).toBe('starting');
      // What QEMU itself has said, by the name of today and that of before.
      const said = (await user.ok('logs', '--vm', 'one')).stdout;
      expect((await user.ok('logs', '--qemu', 'one')).stdout).toBe(said);
      // A second start waits for the same guest; it does not start another.
      expect((await user.run('start', '--timeout', '1', 'one')).stderr).toContain('not ready after 1 s');
      expect((await user.run('rm', '--force', '--dry-run', 'one')).exitCode).toBe(0);
      expect((await user.ok('stop', '--timeout', '1', 'one')).stderr).toContain('forced off');
      expect(await user.state('one')).toBe('stopped');
    },
  );
});
