import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, it, onTestFinished } from 'vitest';
import { download } from '../../src/downloads/download.ts';
import { tempDir } from '../support/temp-dir.ts';
import { MiB, noise } from '../disk/sample-disk.ts';

it.skipIf(process.getuid?.() !== 0 || process.platform !== 'linux')(
  'a full disk is told as such, and not tried again',
  async () => {
    const folder = await tempDir();
    let requests = 0;
    const server = createServer((_, response) => {
      requests++;
      response.end(noise(4 * MiB, 'file'));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    await execa('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'podbsd-test', folder]);
    try {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/file`;
      await expect(download({ url, to: join(folder, 'file'), pauseMs: 1 })).rejects.toMatchObject({
        exitCode: 13,
        problem: `there is no space left for ${join(folder, 'file')}`,
      });
      expect(requests).toBe(1);
    } finally {
      await execa('umount', [folder]);
    }
  },
);
