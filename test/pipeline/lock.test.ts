import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { ExitCode } from '../../src/ground/errors.ts';
import { LocalHost } from '../../src/host/local.ts';
import type { LockOwner } from '../../src/pipeline/lock-owner.ts';
import { takeLock } from '../../src/pipeline/lock.ts';
import { processStart } from '../../src/pipeline/process-start.ts';
import { tempDir } from '../support/temp-dir.ts';

const host = new LocalHost();

async function lockOf(owner: Partial<LockOwner>): Promise<string> {
  const path = join(await tempDir(), 'lock');
  await mkdir(path);
  const whole = {
    id: 'x',
    pid: 1,
    processStart: '',
    hostname: hostname(),
    since: '2026-11-22T10:00:00Z',
    ...owner,
  };
  await writeFile(join(path, 'owner.json'), JSON.stringify(whole));
  return path;
}

describe('takeLock', () => {
  it('gives the lock to one at a time', async () => {
    const path = join(await tempDir(), 'lock');
    const lock = await takeLock(host, path);
    await expect(takeLock(host, path)).rejects.toMatchObject({
      exitCode: ExitCode.locked,
      problem: expect.stringContaining(`process id ${process.pid} on ${hostname()}`) as string,
    });
    await lock.release();
    await (await takeLock(host, path)).release();
  });

  it('lets exactly one of many win at the same time', async () => {
    const path = join(await tempDir(), 'lock');
    const attempts = await Promise.allSettled(Array.from({ length: 8 }, () => takeLock(host, path)));
    expect(attempts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('goes round among many that take it and give it back', async () => {
    const path = join(await tempDir(), 'lock');
    let inside = 0;
    let most = 0;
    const turns = async () => {
      for (let turn = 0; turn < 10;) {
        const lock = await takeLock(host, path).catch((error: unknown) => {
          expect(error).toMatchObject({ exitCode: ExitCode.locked });
        });
        if (lock === undefined) continue;
        most = Math.max(most, ++inside);
        await setImmediate();
        inside--;
        await lock.release();
        turn++;
      }
    };
    await Promise.all(Array.from({ length: 4 }, turns));
    expect(most).toBe(1);
    expect(await readdir(dirname(path))).toEqual([]);
  });

  it('of a dead owner goes to one of many, who find nothing of the others’ attempts', async () => {
    for (let round = 0; round < 5; round++) {
      const path = await lockOf({ pid: 2 ** 22 + 1, processStart: 'Sun Nov 22 10:00:00 2026' });
      const attempts = await Promise.allSettled(Array.from({ length: 6 }, () => takeLock(host, path)));
      expect(attempts.filter(({ status }) => status === 'fulfilled').length).toBeLessThanOrEqual(1);
      expect(await readdir(path)).toEqual(['owner.json']);
      expect(await readdir(dirname(path))).toEqual(['lock']);
    }
  });

  it('is taken over from one who died while taking over', async () => {
    const dead = { pid: 2 ** 22 + 1, processStart: 'Sun Nov 22 10:00:00 2026' };
    const path = await lockOf({ ...dead, id: 'first' });
    await cp(await lockOf({ ...dead, id: 'second' }), join(path, 'heir-of-first'), { recursive: true });
    await takeLock(host, path);
    expect(JSON.parse(await readFile(join(path, 'owner.json'), 'utf8'))).toMatchObject({ pid: process.pid });
  });

  it('is given back without a complaint when its whole directory was removed', async () => {
    const path = join(await tempDir(), 'build', 'lock');
    const lock = await takeLock(host, path);
    await rm(dirname(path), { recursive: true });
    await lock.release();
  });

  it('takes over a lock whose name a power cut left empty', async () => {
    const path = join(await tempDir(), 'lock');
    await mkdir(path);
    await writeFile(join(path, 'owner.json'), '');
    await takeLock(host, path);
  });

  it('takes over from a process that is gone', async () => {
    const path = await lockOf({ pid: 2 ** 22 + 1, processStart: 'Sun Nov 22 10:00:00 2026' });
    await takeLock(host, path);
    expect(JSON.parse(await readFile(join(path, 'owner.json'), 'utf8'))).toMatchObject({ pid: process.pid });
  });

  it('takes over when the process id belongs to another process by now', async () => {
    await takeLock(host, await lockOf({ pid: process.pid, processStart: 'Sun Nov 22 10:00:00 2020' }));
  });

  it('takes over a lock whose owner was killed before it wrote its name', async () => {
    const path = join(await tempDir(), 'lock');
    await mkdir(path);
    await takeLock(host, path);
  });

  it('believes a living process, and the word of another machine', async () => {
    const alive = await lockOf({ pid: process.pid, processStart: (await processStart(process.pid)) ?? '' });
    await expect(takeLock(host, alive)).rejects.toMatchObject({ exitCode: ExitCode.locked });
    const elsewhere = await lockOf({ pid: 2 ** 22 + 1, hostname: 'elsewhere.example.org' });
    await expect(takeLock(host, elsewhere)).rejects.toMatchObject({
      remedy: expect.stringContaining(`remove ${elsewhere}`) as string,
    });
  });
});
