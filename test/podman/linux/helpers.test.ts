import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it, onTestFinished } from 'vitest';
import { dropInText } from '../../../src/podman/drop-in.ts';
import { eventually } from '../../support/eventually.ts';
import { missing } from '../../support/programs.ts';
import { podman4_3, podman5 } from './command-lines.ts';
import { calls, type Call } from './installed-helpers.ts';
import {
  folder,
  helpers,
  makeDisk,
  path,
  places,
  qemuReport,
  runQemu,
  setPath,
  startVirtiofsd,
  tags,
  usePlace,
  virtiofsdReport,
  writeMachineFile,
} from './place.ts';

// The test is podman: it starts virtiofsd in each volume's folder, waits for the socket, and then starts QEMU.
describe.skipIf(missing('sgdisk', 'qemu-img') !== undefined)('the helpers', () => {
  usePlace();

  it('give a FreeBSD machine its folders through 9P, read-only where the volume is', async () => {
    await makeDisk('freebsd', 'bsd-amd64.qcow2');
    await writeMachineFile();
    const sources = [join(folder, 'one'), join(folder, 'two, and\nmore \\ ')] as const;
    const sockets = [await startVirtiofsd(0, sources[0]), await startVirtiofsd(1, sources[1])];
    const { argv } = await runQemu(podman5(places, tags));
    expect(argv).toContain(`local,id=fs0,path=${sources[0]},security_model=none,multidevs=remap`);
    expect(argv).toContain(
      `local,id=fs1,path=${sources[1].replace(',', ',,')},security_model=none,multidevs=remap,readonly=on`,
    );
    expect(argv.filter((word) => word.includes('virtiofschar') || word.includes('vhost-user'))).toEqual([]);
    expect(argv.at(-1)).toBe('chardev:podbsdconsole');
    expect(argv.at(-3)).toBe(`file,id=podbsdconsole,path=${join(folder, 'console', 'bsd.log')},append=on`);
    expect((await fs.stat(join(folder, 'console', 'bsd.log'))).mode & 0o777).toBe(0o600);
    for (const socket of sockets) await expect(fs.access(socket)).rejects.toThrow('ENOENT');
    expect(await calls(virtiofsdReport())).toEqual([]);
    expect(await fs.readFile(join(helpers, 'lib', 'problems.log'), 'utf8')).toBe('');
  });

  it('know FreeBSD on a disk that only qemu-img reads', async () => {
    await makeDisk('freebsd', 'raw');
    const disks = join(places.home, '.local/share/containers/podman/machine/qemu');
    const convert = [
      'convert',
      '-f',
      'raw',
      '-O',
      'vmdk',
      join(disks, 'raw'),
      join(disks, 'bsd-amd64.qcow2'),
    ];
    await execa('qemu-img', convert);
    const source = join(folder, 'one');
    await startVirtiofsd(0, source);
    const { argv } = await runQemu(podman5(places, tags.slice(0, 1)));
    expect(argv).toContain(`local,id=fs0,path=${source},security_model=none,multidevs=remap`);
  });

  it('say in the console when they cannot tell, and leave everything as it is', async () => {
    const disks = join(places.home, '.local/share/containers/podman/machine/qemu');
    await fs.mkdir(disks, { recursive: true });
    await fs.writeFile(join(disks, 'bsd-amd64.qcow2'), 'not a disk\n');
    const line = podman5(places, []);
    expect((await runQemu(line)).argv).toEqual(line);
    const said = await fs.readFile(join(folder, 'console', 'bsd.log'), 'utf8');
    expect(said).toContain('cannot tell whether');
    expect(said).toContain('it is a text file');
  });

  it("make all folders read-only, with a notice in the console, where podman's description cannot be read", async () => {
    await makeDisk('freebsd', 'bsd-amd64.qcow2');
    await writeMachineFile();
    const description = join(places.home, '.config/containers/podman/machine/qemu/bsd.json');
    await fs.truncate(description, 20);
    await startVirtiofsd(0, join(folder, 'one'));
    const { argv } = await runQemu(podman5(places, tags.slice(0, 1)));
    expect(argv.filter((word) => word.endsWith(',readonly=on'))).toHaveLength(1);
    const shown = await fs.readFile(join(folder, 'console', 'bsd.log'), 'utf8');
    expect(shown).toContain(`podbsd: all shared folders are read-only: ${description}`);
  });

  it('say in the console that the drop-in is older than this podman', async () => {
    await makeDisk('freebsd', 'bsd-amd64.qcow2');
    await writeMachineFile();
    const dropIn = join(folder, 'config/containers/containers.conf.d/99-podbsd.conf');
    await fs.mkdir(dirname(dropIn), { recursive: true });
    await fs.writeFile(dropIn, dropInText('list', helpers, []));
    const env = { PATH: path, XDG_CONFIG_HOME: join(folder, 'config') };
    const shown = async (): Promise<string> => {
      await execa(join(helpers, 'qemu-system-x86_64'), podman5(places, []), { env });
      return await fs.readFile(join(folder, 'console', 'bsd.log'), 'utf8');
    };
    expect(await shown()).toMatch(/^podbsd: .*99-podbsd\.conf hides folders .*: run podbsd setup-podman$/m);
    await fs.writeFile(dropIn, dropInText('env', helpers, []));
    expect(await shown()).toBe('');
  });

  it('leave a Linux machine to the real virtiofsd, word for word', async () => {
    await makeDisk('linux', 'bsd-amd64.qcow2');
    const source = join(folder, 'one');
    const socket = await startVirtiofsd(0, source);
    const line = podman5(places, tags.slice(0, 1));
    const { argv } = await runQemu(line);
    expect(argv).toEqual(line);
    const [virtiofsd] = await calls(virtiofsdReport());
    expect(virtiofsd).toMatchObject({
      cwd: source,
      argv: ['--sandbox', 'none', '--socket-path', socket, '--shared-dir', '.', '--seccomp=none'],
    });
    // QEMU connects, and virtiofsd ends when it hangs up.
    const connection = connect(socket);
    await once(connection, 'connect');
    connection.destroy();
    await eventually(async () => expect(await isRunning(virtiofsd?.pid ?? 0)).toBe(false));
  });

  it('leave what is no disk that they know to QEMU', async () => {
    const line = podman5(places, []);
    expect((await runQemu(line)).argv).toEqual(line);
    expect((await runQemuAgain(['--version'])).argv).toEqual(['--version']);
  });

  async function runQemuAgain(argv: readonly string[]): Promise<Call> {
    await fs.rm(qemuReport());
    return await runQemu(argv);
  }

  it('keep process id, descriptor 3 and signals of podman 4', async () => {
    await makeDisk('freebsd', 'freebsd.qcow2');
    const marker = join(folder, 'network');
    await using network = await fs.open(marker, 'w');
    const line = [...podman4_3(places), 'wait-for-signal'];
    const qemu = spawn(join(helpers, 'qemu-system-x86_64'), line, {
      env: { PATH: path },
      stdio: ['ignore', 'ignore', 'inherit', network.fd],
    });
    onTestFinished(() => void qemu.kill('SIGKILL'));
    await eventually(async () => expect(await calls(qemuReport())).toHaveLength(1));
    const [call] = await calls(qemuReport());
    expect(call).toMatchObject({ pid: qemu.pid, fd3: marker });
    expect(call?.argv).toContain('local,path=/srv/ro,mount_tag=vol1,security_model=mapped-xattr,readonly');
    qemu.kill('SIGTERM');
    expect(await once(qemu, 'exit')).toEqual([42, null]);
  });

  it.each([
    ['node is gone', async (lib: string) => fs.rm(join(lib, 'node'))],
    ['the program is damaged', async (lib: string) => fs.writeFile(join(lib, 'podman-helper.mjs'), 'oops(')],
    ['the program is gone', async (lib: string) => fs.rm(join(lib, 'podman-helper.mjs'))],
  ])('become the real programs when %s', async (_, breakIt) => {
    await makeDisk('freebsd', 'bsd-amd64.qcow2');
    await breakIt(join(helpers, 'lib'));
    setPath(helpers, join(folder, 'bin'), join(folder, 'libexec'));
    const source = join(folder, 'one');
    const socket = await startVirtiofsd(0, source);
    await eventually(async () => expect(await calls(virtiofsdReport())).toHaveLength(1));
    expect((await fs.lstat(socket)).isSocket()).toBe(true);
    const [virtiofsd] = await calls(virtiofsdReport());
    onTestFinished(() => {
      try {
        process.kill(virtiofsd?.pid ?? 0);
      } catch {
        // It has ended.
      }
    });
    const line = podman5(places, tags.slice(0, 1));
    expect((await runQemu(line)).argv).toEqual(line);
  });

  it('do not take the folder of an earlier start', async () => {
    await makeDisk('freebsd', 'bsd-amd64.qcow2');
    const socket = join(places.runtime, 'podman', 'virtiofschar0');
    await fs.writeFile(
      socket,
      JSON.stringify({ podman: 1, folder: '/etc', args: ['--socket-path', socket] }),
    );
    const source = join(folder, 'one');
    const running = runQemu(podman5(places, tags.slice(0, 1)));
    await startVirtiofsd(0, source);
    expect((await running).argv).toContain(`local,id=fs0,path=${source},security_model=none,multidevs=remap`);
  });
});

/** False for a process that has ended, also while nobody has asked for its exit status. */
async function isRunning(pid: number): Promise<boolean> {
  const stat = await fs.readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ') Z');
  return !/\) [ZX]/.test(stat);
}
