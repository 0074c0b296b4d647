import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import type { Argv } from '../../../src/host/host.ts';
import {
  ddSpeed,
  formatShareBench,
  readCommand,
  shareRatio,
  writeCommand,
} from '../../../src/vm/verify/share-bench.ts';
import { measureShare } from '../../../src/vm/verify/measure-share.ts';
import { missing } from '../../support/programs.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { fakeGuest, goodAnswers, makeVolumes } from './fake-guest.ts';

describe('ddSpeed', () => {
  it.each([
    ['FreeBSD', '25165824 bytes transferred in 0.500000 secs (50331648 bytes/sec)'],
    ['busybox', '25165824 bytes (24.0MB) copied, 0.500000 seconds, 48.0MB/s'],
    ['GNU', '25165824 bytes (25 MB, 24 MiB) copied, 0.5 s, 50.3 MB/s'],
    ['GNU, very fast', '25165824 bytes (25 MB, 24 MiB) copied, 5e-1 s, 50.3 MB/s'],
  ])('reads what dd of %s says', (_, line) => {
    expect(ddSpeed(`24+0 records in\n24+0 records out\n${line}\n`)).toBe(50331648);
  });

  it.each([
    '',
    'dd: /mnt/file: No space left on device\n',
    '0 bytes transferred in 0.000000 secs (0 bytes/sec)\n',
  ])('finds no speed in %j', (stderr) => {
    expect(ddSpeed(stderr)).toBeUndefined();
  });

  it.skipIf(missing('dd') !== undefined)('understands the dd of this host', async () => {
    const file = join(await tempDir(), 'file');
    const run = async ([program, ...args]: Argv) => (await execa(program, args)).stderr;
    expect(ddSpeed(await run(writeCommand(file)))).toBeGreaterThan(0);
    expect((await stat(file)).size).toBe(24 * 1024 * 1024);
    expect(ddSpeed(await run(readCommand(file)))).toBeGreaterThan(0);
  });
});

describe('a measurement', () => {
  const bench = { share: { write: 24e6, read: 57.7e6 }, disk: { write: 61.5e6, read: 60e6 } };

  it('is a ratio', () => {
    const { write, read } = shareRatio(bench);
    expect(write).toBeCloseTo(0.39);
    expect(read).toBeCloseTo(0.96);
  });

  it('is printed with it', () => {
    expect(formatShareBench(bench)).toEqual([
      "share write   24.0 MB/s    39% of the guest's own disk (61.5 MB/s)",
      "share read    57.7 MB/s    96% of the guest's own disk (60.0 MB/s)",
    ]);
  });
});

describe('measuring a share', () => {
  it("does not take a folder of the guest's own disk for it", async () => {
    const folder = await tempDir();
    const volumes = await makeVolumes(folder);
    const answers = goodAnswers(volumes);
    for (const file of ['/srv/data/podbsd-bench', '/var/tmp/podbsd-bench'])
      for (const argv of [writeCommand(file), readCommand(file)])
        answers.commands.set(`root: ${argv.join(' ')}`, '');
    const guest = fakeGuest(folder, volumes, answers);
    expect((await measureShare(guest)).share.read).toBeGreaterThan(0);

    answers.commands.set('core: df -P /srv/data', 'Filesystem\n/dev/gpt/rootfs 1 1 1 1% /\n');
    await expect(measureShare(guest)).rejects.toThrow('mount point of /srv/data');
  });
});
