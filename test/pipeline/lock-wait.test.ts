import { join } from 'node:path';
import { expect, it } from 'vitest';
import { LocalHost } from '../../src/host/local.ts';
import { waitForLock } from '../../src/pipeline/lock-wait.ts';
import { takeLock } from '../../src/pipeline/lock.ts';
import { tempDir } from '../support/temp-dir.ts';

it('a lock that another podbsd holds is waited for, which is said once; waiting can be stopped', async () => {
  const host = new LocalHost();
  const path = join(await tempDir(), 'lock');
  const held = await takeLock(host, path);
  const said: string[] = [];
  const stop = new AbortController();
  const stopped = waitForLock(host, path, {
    ...{ work: 'testing', say: () => stop.abort(new Error('enough')) },
    signal: stop.signal,
  });
  await expect(stopped).rejects.toThrow('enough');
  let told: () => void = () => undefined;
  const waits = new Promise<void>((resolve) => (told = resolve));
  const waiting = waitForLock(host, path, {
    work: 'testing',
    say: (text) => {
      said.push(text);
      told();
    },
  });
  await waits;
  await held.release();
  await (await waiting).release();
  expect(said).toEqual([`another podbsd (process ${process.pid}) is testing; waiting for it`]);
});
