import * as fs from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { missing } from '../../support/programs.ts';
import {
  folder,
  lives,
  machine,
  nothingIsLeft,
  processState,
  reports,
  started,
  useFolder,
} from './life-machine.ts';

// The test is podman: its words and the order of its doings were recorded. QEMU and gvproxy are doubles.
describe.skipIf(missing('perl') !== undefined)('mishaps of a machine', () => {
  useFolder();

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
      // QEMU, which never answers, would be waited for ten seconds.
      expect(performance.now() - before).toBeLessThan(9_000);
      expect(status).toBe(method === 'POST' ? 202 : 200);
    }
    expect(await podman.state()).toBe('VirtualMachineStateStopping');
    await podman.stop('HardStop');
    await expect(starting).rejects.toThrow('exited unexpectedly with exit code 1');
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
});
