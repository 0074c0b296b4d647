import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { waitForReady } from '../../src/vm/ready-port.ts';

describe('the ready port', () => {
  let folder: string;
  let server: Server | undefined;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ready-'));
  });
  afterEach(async () => {
    server?.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** QEMU's end of the port; `talk` plays the guest. */
  function open(talk: (socket: Socket) => void): string {
    const path = join(folder, 'ready.sock');
    server = createServer(talk).listen(path);
    return path;
  }

  it('is ready at the line Ready, however it arrives', async () => {
    const path = open((socket) => {
      socket.write('Rea');
      setImmediate(() => socket.write('dy\r\n'));
    });
    await waitForReady(path, { timeoutMs: 100_000 });
  });

  it("passes the guest's reason on", async () => {
    const path = open((socket) => socket.write('Failed: no disk\n'));
    await expect(waitForReady(path, { timeoutMs: 100_000 })).rejects.toThrow('Failed: no disk');
  });

  it('tells that QEMU has ended', async () => {
    const path = open((socket) => socket.end());
    await expect(waitForReady(path, { timeoutMs: 100_000 })).rejects.toThrow('QEMU ended before');
  });

  it('gives up after its time', async () => {
    const path = open(() => undefined);
    await expect(waitForReady(path, { timeoutMs: 10 })).rejects.toThrow('no answer from the guest');
  });

  it('stops when aborted', async () => {
    const abort = new AbortController();
    const path = open(() => abort.abort(new Error('stopped by SIGINT')));
    await expect(waitForReady(path, { timeoutMs: 100_000, signal: abort.signal })).rejects.toThrow('SIGINT');
  });
});
