import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, it, onTestFinished } from 'vitest';
import { until } from '../../../src/ground/until.ts';
import type { StageRun } from '../../../src/pipeline/stage.ts';
import { stackLayer } from '../../../src/recipes/bake/stack-layer.ts';
import { QmpClient } from '../../../src/vm/qmp.ts';
import { missing } from '../../support/programs.ts';
import { tempDir } from '../../support/temp-dir.ts';

const MIB = 1024 * 1024;

it.skipIf(missing('qemu-img', 'qemu-system-x86_64') !== undefined)(
  'a layer on a layer in use takes what the guest writes, and nothing for zeros',
  async () => {
    const folder = await tempDir();
    const path = (name: string): string => join(folder, name);
    await execa('qemu-img', ['create', '-q', '-f', 'qcow2', path('boot'), '64M']);
    const drive = `if=virtio,file=${path('boot')},discard=unmap,detect-zeroes=unmap`;
    const qmpArgs = ['-qmp', `unix:${path('qmp')},server=on,wait=off`];
    // Never started: QEMU itself does the guest's writing.
    const machine = ['-S', '-nodefaults', '-display', 'none', '-accel', 'tcg', '-drive', drive, ...qmpArgs];
    const qemu = execa('qemu-system-x86_64', machine, { reject: false });
    onTestFinished(async () => {
      qemu.kill('SIGKILL');
      await qemu;
    });
    const connect = (): Promise<QmpClient | undefined> =>
      QmpClient.connect(path('qmp'), { timeoutMs: 2000 }).catch(() => undefined);
    const qmp = (await until(connect, { every: 50, within: 60_000 })) as QmpClient;
    const write = async (what: string): Promise<void> => {
      await qmp.execute('human-monitor-command', { 'command-line': `qemu-io virtio0 "write ${what}"` });
    };
    const run = {
      exec: async ([program, ...args]: readonly [string, ...string[]]) => await execa(program, args),
    } as unknown as StageRun;

    await write('-P 7 0 8M');
    await stackLayer(qmp, { below: path('boot'), layer: path('packages'), name: 'podbsd-packages' }, run);
    await write('-P 9 16M 1M');
    await stackLayer(qmp, { below: path('packages'), layer: path('seal'), name: 'podbsd-seal' }, run);
    await write('-P 0 4M 40M');
    await write('-P 5 0 1M');
    await qmp.quit().catch(() => undefined);
    await qemu;

    expect((await stat(path('seal'))).blocks * 512).toBeLessThan(3 * MIB);
    await execa('qemu-img', ['convert', '-f', 'qcow2', '-O', 'raw', path('seal'), path('raw')]);
    const raw = await readFile(path('raw'));
    const firsts = Array.from({ length: 64 }, (_, at) => raw[at * MIB]);
    expect(firsts).toEqual([5, 7, 7, 7, ...Array<number>(60).fill(0)]);
  },
);
