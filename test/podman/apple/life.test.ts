import * as fs from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { helperScript } from '../../../src/bundles/helpers.ts';
import { findQemu } from '../../../src/podman/apple/qemu-parts.ts';
import { gvproxy } from '../../e2e/clients.ts';
import { debianPackagesUnavailable } from '../../support/debian.ts';
import { eventually } from '../../support/eventually.ts';
import { missing } from '../../support/programs.ts';
import { debugLine, recordedClients, recordedConfig } from './recorded.ts';
import { folder, machine, nothingIsLeft, reports, started, useFolder } from './life-machine.ts';

// The test is podman: its words and the order of its doings were recorded. QEMU and gvproxy are doubles.
describe.skipIf(missing('perl') !== undefined)('the life of a machine', () => {
  useFolder();

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
    await eventually(() => expect(podman.helper?.exitCode).toBe(0));
    // Not stopped by podman, so it offers the config again.
    await podman.start();
    await podman.stop();
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
