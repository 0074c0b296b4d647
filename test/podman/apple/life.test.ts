import * as fs from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { helperScript } from '../../../src/bundles/helpers.ts';
import { findQemu } from '../../../src/podman/apple/qemu-parts.ts';
import { gvproxy } from '../../e2e/clients.ts';
import { debianPackagesUnavailable } from '../../support/debian.ts';
import { eventually } from '../../support/eventually.ts';
import { missing } from '../../support/programs.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { FakePodman } from './fake-podman.ts';
import { gptDisk, installStandIns, partitionTypes } from './installed.ts';
import { debugLine, recordedClients, recordedConfig, type RecordedClient } from './recorded.ts';

const double = (name: string): string => join(import.meta.dirname, 'double', name);
type Argv = readonly [string, ...string[]];

interface Report {
  readonly pid: number;
  readonly argv?: readonly string[];
  readonly ignition?: string;
  readonly network?: string;
  readonly execute?: string;
}

// The test is podman: its words and the order of its doings were recorded. QEMU and gvproxy are doubles.
describe.skipIf(missing('perl') !== undefined)('the life of a machine', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await fs.realpath(await tempDir());
  });

  async function machine(
    client: RecordedClient,
    {
      guest = 'ready',
      tmp = join(folder, 'T'),
      gvproxy = ['perl', double('gvproxy.pl')] as Argv,
      path = '',
      realQemu = '',
    } = {},
  ): Promise<FakePodman> {
    const helpers = join(folder, 'helpers');
    await installStandIns(helpers);
    const qemu = join(folder, 'qemu', 'bin', 'qemu-system-x86_64');
    await fs.mkdir(join(folder, 'qemu', 'bin'), { recursive: true });
    const text = await fs.readFile(double('qemu.js'), 'utf8');
    await fs.writeFile(qemu, text.replace(/^#!.*/, `#!${process.execPath}`), { mode: 0o755 });
    await fs.writeFile(join(folder, 'qemu', 'package.json'), '{"type":"module"}');
    const podman = new FakePodman({
      client,
      home: join(folder, 'home'),
      tmp,
      helpers,
      gvproxy,
      env: {
        PATH: `${path}:${process.env['PATH'] ?? ''}`,
        PODBSD_QEMU: realQemu === '' ? qemu : realQemu,
        PODBSD_ACCEL: 'tcg',
        DOUBLE_REPORT: join(folder, 'report'),
        DOUBLE_GUEST: guest,
      },
    });
    onTestFinished(() => podman.close());
    const image = join(folder, 'image.raw');
    await fs.writeFile(image, gptDisk(partitionTypes.freebsdZfs));
    await podman.init(image);
    return podman;
  }

  async function reports(): Promise<Report[]> {
    const text = await fs.readFile(join(folder, 'report'), 'utf8').catch(() => '');
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Report);
  }

  /** How QEMU was started last. */
  async function started(): Promise<Required<Pick<Report, 'pid' | 'argv' | 'ignition' | 'network'>>> {
    const found = (await reports()).filter((report) => report.argv !== undefined).at(-1);
    if (found === undefined) throw new Error('QEMU was not started');
    return found as Required<Report>;
  }

  /** Everything that belongs to a machine and is not podman's own. */
  async function left(podman: FakePodman): Promise<string[]> {
    const known =
      /^(gvproxy\.log|krunkit-debug\.sh|tm-gvproxy\.sock|tm\.log|tm-ignition\.sock|tm-amd64\.raw|tm\.sock)$/;
    const files = await Promise.all([fs.readdir(podman.runtime), fs.readdir(podman.data)]);
    const processes = await Promise.all(
      (await reports()).map(async ({ pid }) => ((await lives(pid)) ? [`process ${pid}`] : [])),
    );
    return [...files.flat().filter((name) => !known.test(name)), ...processes.flat()];
  }

  async function nothingIsLeft(podman: FakePodman): Promise<void> {
    await eventually(async () => {
      expect(await left(podman)).toEqual([]);
      expect(podman.gvproxyProcess?.exitCode ?? podman.gvproxyProcess?.signalCode).not.toBe(null);
    });
  }

  it.each(recordedClients)(
    'init, start, list, stop, start, rm of %s end well, and nothing is left',
    async (client) => {
      const podman = await machine(client);
      await podman.start();
      expect(await podman.state()).toBe('VirtualMachineStateRunning');
      const first = await started();
      expect(first.ignition).toBe(recordedConfig(client));
      // A frame went to gvproxy and came back: after the greeting, or the double would have ended.
      expect(first.network).toBe('1514');
      expect(first.argv.join(' ')).toContain(
        `path=${join(folder, 'home', 'vol2')},security_model=none,multidevs=remap,readonly=on`,
      );
      await expect(podman.start()).rejects.toThrow('already running');
      await podman.stop();
      await nothingIsLeft(podman);
      await podman.start();
      expect((await started()).ignition).toBe(recordedConfig(client));
      await podman.remove();
      await nothingIsLeft(podman);
      expect(await fs.readdir(podman.data)).toEqual([]);
      expect(await fs.readdir(podman.runtime)).toEqual([]);
    },
  );

  it('a guest that starts anew says Ready again, which podman is not told; one that powers off ends all', async () => {
    const podman = await machine('5.8.3-applehv');
    await podman.start();
    const { pid } = await started();
    process.kill(pid, 'SIGUSR2');
    await sleep(300);
    expect(await podman.state()).toBe('VirtualMachineStateRunning');
    process.kill(pid, 'SIGUSR1');
    await eventually(async () => expect(await podman.state()).toBe('stopped'));
    await nothingIsLeft(podman);
    expect(podman.helper?.exitCode).toBe(0);
    // Not stopped by podman, so it offers the config again.
    await podman.start();
    await podman.stop();
    await nothingIsLeft(podman);
  });

  it.each([
    ['QEMU', 'ready'],
    ['the stand-in', 'ready'],
    ['QEMU', 'silent'],
    ['the stand-in', 'silent'],
  ])('kill -9 of %s while the guest is %s leaves nothing, and the next start works', async (who, guest) => {
    const podman = await machine('6.0.0-rc1-libkrun', { guest });
    const starting = podman.start();
    if (guest === 'ready') await starting;
    starting.catch(() => undefined);
    const { pid } = await eventually(started);
    process.kill(who === 'QEMU' ? pid : (podman.helper?.pid ?? 0), 'SIGKILL');
    if (guest === 'silent')
      await expect(starting).rejects.toThrow(
        `exited unexpectedly with exit code ${who === 'QEMU' ? '1' : 'SIGKILL'}`,
      );
    await eventually(async () => expect(await podman.state()).toBe('stopped'));
    await nothingIsLeft(podman);
    if (guest === 'ready') {
      await podman.start();
      await podman.stop();
      await nothingIsLeft(podman);
    }
  });

  it('two starts at once: one wins, and the other leaves it alone', async () => {
    const podman = await machine('5.8.3-libkrun');
    await podman.start();
    const winner = podman.helper;
    onTestFinished(() => void winner?.kill('SIGKILL'));
    podman.startHelper(podman.words('second-boot'));
    const loser = podman.helper;
    await eventually(() => expect(loser?.exitCode).toBe(1));
    expect(await podman.state()).toBe('VirtualMachineStateRunning');
    expect(await fs.readFile(podman.log, 'utf8')).toContain('the machine runs already');
    await podman.stop();
    await nothingIsLeft(podman);
  });

  it('two starts at the same moment: one runs, with its network, and the other ends', async () => {
    const podman = await machine('5.8.3-applehv');
    await podman.startGvproxy();
    const { line: ready } = await podman.listenForReady();
    const helpers = [0, 1].map(() => {
      podman.startHelper(podman.words('second-boot'));
      return podman.helper;
    });
    onTestFinished(() => helpers.forEach((helper) => helper?.kill('SIGKILL')));
    expect(await ready).toBe('Ready\n');
    await eventually(() => {
      expect(helpers.map((helper) => helper?.exitCode).filter((code) => code !== null)).toEqual([1]);
    });
    expect(await podman.state()).toBe('VirtualMachineStateRunning');
    expect((await reports()).filter(({ argv }) => argv !== undefined)).toHaveLength(1);
    expect(podman.gvproxyProcess?.exitCode).toBe(null);
    await podman.stop();
    await nothingIsLeft(podman);
  });

  it('a port that another program has ends the start with a reason', async () => {
    const podman = await machine('5.8.3-applehv');
    const { createServer } = await import('node:http');
    const other = createServer((_, response) => response.end('{"state":"on the air"}'));
    await new Promise<void>((resolve) => other.listen(podman.port, '127.0.0.1', resolve));
    onTestFinished(() => void other.close());
    await podman.startGvproxy();
    podman.startHelper(podman.words('second-boot'));
    await eventually(() => expect(podman.helper?.exitCode).toBe(1));
    expect(await fs.readFile(podman.log, 'utf8')).toContain('another program has this port');
    await nothingIsLeft(podman);
  });

  it('is answered at once while QEMU hangs; HardStop ends that QEMU', async () => {
    const podman = await machine('5.4.2-applehv', { guest: 'hangs' });
    const starting = podman.start();
    starting.catch(() => undefined);
    const { pid } = await eventually(started);
    await eventually(async () => expect(await processState(pid)).toBe('T'));
    for (const method of ['GET', 'POST', 'GET'] as const) {
      const before = performance.now();
      const { status } = await podman.ask(method, method === 'POST' ? '{"state":"Stop"}' : undefined);
      // 100 ms on a quiet host; what must not be waited for is QEMU, which never answers.
      expect(performance.now() - before).toBeLessThan(2_000);
      expect(status).toBe(method === 'POST' ? 202 : 200);
    }
    expect(await podman.state()).toBe('VirtualMachineStateStopping');
    await podman.stop('HardStop');
    await expect(starting).rejects.toThrow('exited unexpectedly with exit code 1');
    await nothingIsLeft(podman);
  });

  it('presses the power button again when a guest in its loader has missed it', async () => {
    const podman = await machine('5.8.3-applehv', { guest: 'late' });
    await podman.start();
    await podman.stop();
    expect((await reports()).filter(({ execute }) => execute === 'system_powerdown')).toHaveLength(2);
    await nothingIsLeft(podman);
  });

  it('a terminal that is closed is no reason to stop; ctrl-C while podman waits is', async () => {
    const podman = await machine('5.8.3-applehv', { guest: 'silent' });
    const starting = podman.start();
    starting.catch(() => undefined);
    await eventually(started);
    podman.helper?.kill('SIGHUP');
    podman.helper?.kill('SIGINT');
    await expect(starting).rejects.toThrow('exited unexpectedly with exit code 1');
    const said = (await reports()).map(({ execute }) => execute);
    expect(said).toContain('system_powerdown');
    await nothingIsLeft(podman);
  });

  it('says in the log of the machine what QEMU has against the Hypervisor framework', async () => {
    const podman = await machine('5.8.3-applehv', { guest: 'no-hvf' });
    await expect(podman.start()).rejects.toThrow('exited unexpectedly with exit code 1');
    const log = await fs.readFile(podman.log, 'utf8');
    expect(log).toContain('HV_DENIED');
    expect(log).toContain('brew reinstall qemu');
    await nothingIsLeft(podman);
  });

  it('a folder that is missing is left out, with a notice', async () => {
    const podman = await machine('5.8.3-applehv');
    await fs.rm(join(folder, 'home', 'vol1'), { recursive: true });
    await podman.start();
    const { argv } = await started();
    expect(argv.filter((word) => word.startsWith('local,'))).toHaveLength(1);
    expect(await fs.readFile(podman.log, 'utf8')).toMatch(/podbsd: the folder .*vol1 is not shared/);
    await podman.stop();
    await nothingIsLeft(podman);
  });

  it('works with --log-level debug, from a script that another program runs', async () => {
    const podman = await machine('5.8.3-libkrun');
    expect(podman.words(debugLine).join(' ')).not.toContain('virtio-serial');
    await podman.start(debugLine);
    expect(await fs.readFile(podman.log, 'utf8')).toContain('FreeBSD/double login:');
    await podman.stop();
    await nothingIsLeft(podman);
  });

  it('keeps the config where podman keeps none, until it changes', async () => {
    const podman = await machine('5.8.3-applehv');
    const copy = join(podman.data, 'tm.podbsd.ign');
    await podman.start();
    await podman.stop();
    await expect(fs.access(copy)).rejects.toThrow('ENOENT');
    const own = join(podman.config, 'tm.ign');
    const text = await fs.readFile(own, 'utf8');
    await fs.rm(own);
    await expect(podman.start()).rejects.toThrow('exited unexpectedly with exit code 1');
    expect(await fs.readFile(podman.log, 'utf8')).toContain('podman does not offer it');
    await nothingIsLeft(podman);

    // What podman serves is kept when its own file says something else, or cannot be read.
    await fs.writeFile(own, '{}');
    podman.serves = text;
    await podman.start('first-boot');
    expect((await started()).ignition).toBe(text);
    await podman.stop();
    expect((await fs.stat(copy)).mode & 0o777).toBe(0o600);
    await podman.start();
    expect((await started()).ignition).toBe(text);
    await podman.stop();

    // The machine was removed, and another of its name made: the copy is older than its disk.
    await fs.rm(podman.disk);
    await fs.copyFile(join(folder, 'image.raw'), podman.disk);
    await fs.utimes(copy, 1, 1);
    await fs.writeFile(own, recordedConfig('5.4.2-applehv'));
    await podman.start();
    expect((await started()).ignition).toBe(recordedConfig('5.4.2-applehv'));
    await podman.stop();
  });

  it.skipIf(debianPackagesUnavailable() !== undefined)(
    'a real gvproxy waits for a stream where podbsd stands before it',
    async () => {
      const helpers = join(folder, 'helpers');
      const bin = join(folder, 'bin');
      await fs.mkdir(bin);
      await fs.mkdir(helpers);
      await fs.symlink(await gvproxy(), join(bin, 'gvproxy'));
      await fs.writeFile(join(helpers, 'gvproxy'), await helperScript('apple', 'gvproxy'), { mode: 0o755 });
      const podman = await machine('5.8.3-applehv', { gvproxy: [join(helpers, 'gvproxy')], path: bin });
      await podman.start();
      expect((await started()).network).toBe('stream');
      expect((await started()).argv).toContain(
        `stream,id=vlan,server=off,addr.type=unix,addr.path=${join(podman.runtime, 'tm-gvproxy.sock')}`,
      );
      process.kill((await started()).pid, 'SIGUSR1');
      await eventually(async () => expect(await podman.state()).toBe('stopped'));
      await nothingIsLeft(podman);
    },
  );

  const realQemu = findQemu('amd64', process.env);
  it.skipIf(realQemu === undefined)('a real QEMU takes all the words, and ends by HardStop', async () => {
    const podman = await machine('6.0.0-rc1-applehv', { realQemu });
    const starting = podman.start();
    starting.catch(() => undefined);
    await eventually(async () => {
      const own = (await fs.readdir(podman.runtime)).filter((name) => name.startsWith('pb-'));
      expect(new Set(own.map((name) => name.at(-1)))).toEqual(new Set(['n', 'q', 'r']));
    });
    await podman.stop('HardStop');
    await expect(starting).rejects.toThrow('exited unexpectedly with exit code 1');
    const log = await fs.readFile(podman.log, 'utf8');
    expect(log).toContain('QEMU has ended before: exit code 0\n');
    expect(log).not.toContain('qemu-system-x86_64:');
    await nothingIsLeft(podman);
  });

  it.skipIf(missing('qemu-img') !== undefined)('a disk that is qcow2 is run as such', async () => {
    const podman = await machine('5.8.3-applehv');
    await execa('qemu-img', ['convert', '-O', 'qcow2', join(folder, 'image.raw'), podman.disk]);
    // podman makes the file as long as the disk is to be.
    await fs.truncate(podman.disk, 1024 ** 3);
    await podman.start();
    expect((await started()).argv.join(' ')).toContain(`format=qcow2,file=${podman.disk}`);
    await podman.stop();
    await nothingIsLeft(podman);
  });

  it('kill -9 of the stand-in while it waits for the config leaves nothing', async () => {
    const podman = await machine('5.8.3-applehv');
    await podman.startGvproxy();
    // Nobody offers the config.
    podman.startHelper(podman.words('first-boot'));
    await eventually(() => fs.access(podman.log));
    podman.helper?.kill('SIGKILL');
    await nothingIsLeft(podman);
    expect(await fs.readdir(podman.data)).toEqual(['tm-amd64.raw']);
    await podman.start();
    await podman.stop();
    await nothingIsLeft(podman);
  });

  it('kill -9 of the stand-in and of its guard: the next start ends the QEMU that is left', async () => {
    const podman = await machine('5.8.3-applehv');
    await podman.start();
    const { pid } = await started();
    const guard = /guard (\d+)/.exec(await fs.readFile(`${podman.disk}.podbsd-lock`, 'utf8'))?.[1];
    process.kill(Number(guard), 'SIGKILL');
    podman.helper?.kill('SIGKILL');
    await eventually(async () => expect(await podman.state()).toBe('stopped'));
    expect(await lives(pid)).toBe(true);
    const left = podman.gvproxyProcess;
    await podman.start();
    expect(await lives(pid)).toBe(false);
    expect((await started()).pid).not.toBe(pid);
    await podman.stop();
    left?.kill();
  });

  it('a TMPDIR with a long name: podman hands out links below ~/.podman', async () => {
    const tmp = join(folder, 't'.repeat(50), 'u'.repeat(50));
    const podman = await machine('5.8.3-applehv', { tmp });
    expect(join(podman.runtime, 'tm-gvproxy.sock').length).toBeGreaterThan(103);
    await podman.start();
    expect((await started()).network).toBe('1514');
    await podman.stop();
    await nothingIsLeft(podman);
    const own = (await fs.readdir(join(folder, 'home', '.podman'))).filter((name) => name.startsWith('pb-'));
    expect(own).toEqual([]);
  });
});

async function processState(pid: number): Promise<string> {
  const stat = await fs.readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ') X');
  return /\) (\w)/.exec(stat)?.[1] ?? 'X';
}

/** False for a process that has ended, also while nobody has asked for its exit status. */
async function lives(pid: number): Promise<boolean> {
  return !['X', 'Z'].includes(await processState(pid));
}
