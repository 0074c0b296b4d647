import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { debianPackagesUnavailable } from '../../support/debian.ts';
import { missing } from '../../support/programs.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { HealthWorld } from './support/health-world.ts';

/** The bundle's own code under QuickJS, against a podman that refuses what podman refuses. */
describe.skipIf((debianPackagesUnavailable() ?? missing('tail', 'awk', 'pgrep')) !== undefined)(
  'the health service',
  () => {
    let world: HealthWorld;
    beforeEach(async () => {
      world = await HealthWorld.create(await tempDir());
    });
    afterEach(async () => {
      await world.clear();
      expect(await world.refused()).toBe('');
      expect(await world.lines()).not.toContainEqual(expect.stringMatching(/^overlap/));
    });

    it('checks what ran before it, and what starts later, at once and ever again', async () => {
      const early = await world.run({ name: 'early', interval: 0.1 });
      const plain = await world.run({ name: 'plain', test: null });
      const none = await world.run({ name: 'none', interval: 0.1, test: ['NONE'] });
      const byHand = await world.run({
        name: 'by-hand',
        createCommand: ['podman', 'run', '--health-interval=disable'],
      });
      await world.start();
      await world.moreChecks(early, 3);
      const late = await world.run({ name: 'late', interval: 0.1 });
      await world.event('start', late);
      await world.moreChecks(late, 3);
      for (const id of [plain, none, byHand]) expect(await world.begun(id)).toBe(0);
      // The first report of it may be older than the event of its first check.
      const reported = async () => (await world.report()).watched.find(({ id }) => id === late);
      await world.until(async () => (await reported())?.health === 'healthy');
      expect(await reported()).toEqual({
        id: late,
        name: 'late',
        health: 'healthy',
        interval: 0.1,
        startup: false,
      });
      expect((await world.report()).watched).toHaveLength(2);
    });

    it('waits for an interval after the end of a check', async () => {
      const slow = await world.run({ name: 'slow', interval: 3600 });
      const marker = await world.run({ name: 'marker', interval: 0.1 });
      await world.start();
      await world.moreChecks(slow, 1);
      await world.moreChecks(marker, 10);
      expect(await world.begun(slow)).toBe(1);
    });

    it('is not held up by a container that hangs, and starts no second check of it', async () => {
      const hangs = await world.run({ name: 'hangs', interval: 0.05 });
      await world.set('hang', hangs, '');
      const others = await Promise.all(
        [1, 2, 3].map((number) => world.run({ name: `c${number}`, interval: 0.05 })),
      );
      await world.start();
      await world.moreChecks(hangs, 1);
      for (const id of others) await world.moreChecks(id, 5);
      expect(await world.begun(hangs)).toBe(1);
    });

    it('stops when the container ends, and begins anew when it starts again', async () => {
      const id = await world.run({ name: 'c', interval: 0.05 });
      const marker = await world.run({ name: 'marker', interval: 0.05 });
      await world.start();
      await world.moreChecks(id, 2);
      await world.end(id);
      await world.event('died', id);
      await world.until(async () => (await world.report()).watched.length === 1);
      const before = await world.begun(id);
      await world.moreChecks(marker, 5);
      expect(await world.begun(id)).toBe(before);
      await world.run({ name: 'other', test: null });
      await world.define(id, { name: 'c', interval: 0.05, startedAt: '2026-11-27T12:01:00Z' });
      await execa('touch', [join(world.folder, 'running', id)]);
      await world.event('start', id);
      // podman's cleanup of the former life comes late.
      await world.event('cleanup', id);
      await world.moreChecks(id, 4);
    });

    it('takes podman’s word that a container has ended, without an event', async () => {
      const id = await world.run({ name: 'c', interval: 0.05 });
      await world.start();
      await world.moreChecks(id, 1);
      await world.end(id);
      await world.until(async () => (await world.report()).watched.length === 0);
    });

    it('reads torn and foreign lines', async () => {
      await world.start();
      await world.until(async () => (await world.eventsPid()) > 0);
      const id = await world.run({ name: 'é', interval: 0.05 });
      await world.write(
        'not JSON\n[]\nnull\n{"ID": 1, "Status": "start"}\n{"Status":"start","ID":"../../etc"}\n',
      );
      const text = world.eventText('start', id, { Attributes: { note: 'é€😀' } });
      const bytes = Buffer.from(text);
      for (const part of [bytes.subarray(0, -30), bytes.subarray(-30, -10), bytes.subarray(-10)]) {
        await execa('sh', ['-c', 'cat >> "$0"', join(world.folder, 'events')], { input: part });
        await world.until(async () => true);
      }
      await world.write('\n');
      await world.moreChecks(id, 2);
    });

    it('follows events again when podman ends, and misses nothing meanwhile', async () => {
      await world.set('trouble', 'ps', '125');
      await world.set('trouble', 'events', '125');
      const first = await world.run({ name: 'first', interval: 0.05 });
      await world.start();
      await world.moreChecks(first, 1);
      const before = await world.eventsPid();
      const missed = await world.run({ name: 'missed', interval: 0.05 });
      process.kill(before, 'SIGKILL');
      await world.moreChecks(missed, 2);
      const later = await world.run({ name: 'later', interval: 0.05 });
      await world.event('start', later);
      await world.moreChecks(later, 2);
    });

    it.each(['1', '0'])('asks again when podman inspect gives no answer and ends with %s', async (code) => {
      const id = await world.run({ name: 'c', interval: 0.05 });
      await world.set('trouble', 'inspect', code);
      await world.start();
      await world.moreChecks(id, 1);
    });

    it('runs the startup check at its own interval until it has passed often enough', async () => {
      const id = await world.run({ name: 'c', interval: 3600, startup: { interval: 0.05, successes: 3 } });
      await world.set('result', id, '1');
      const marker = await world.run({ name: 'marker', interval: 0.05 });
      await world.start();
      await world.moreChecks(id, 4);
      await world.set('result', id, '0');
      await world.until(async () =>
        (await world.report()).watched.some((c) => c.id === id && c.interval === 3600),
      );
      // Three successes, and the first regular check at once.
      const ends = async (): Promise<number> =>
        (await world.lines()).filter((line) => line.startsWith(`end ${id} `)).length;
      const count = await ends();
      await world.moreChecks(marker, 5);
      expect((await ends()) - count).toBeLessThanOrEqual(1);
    });

    it('shows what podman makes of a failing check', async () => {
      const id = await world.run({ name: 'c', interval: 0.05 });
      await world.set('result', id, '1');
      await world.start();
      await world.until(async () => (await world.report()).watched[0]?.health === 'unhealthy');
      await world.event('health_status', id, { health_status: 'starting' });
      await world.set('result', id, '0');
      await world.until(async () => (await world.report()).watched[0]?.health === 'healthy');
    });

    it('believes the event and not the check, which fails in the start period, too', async () => {
      const id = await world.run({ name: 'c', interval: 3600 });
      await world.set('result', id, '1');
      await world.start();
      await world.moreChecks(id, 1);
      await world.event('health_status', id, { health_status: 'starting' });
      // The service has read the event when it knows of what came after it.
      const after = await world.run({ name: 'after', interval: 0.05 });
      await world.event('start', after);
      await world.moreChecks(after, 3);
      await world.until(async () => (await world.report()).watched.length === 2);
      const { watched } = await world.report();
      expect(watched.find((one) => one.id === id)?.health).toBe('starting');
    });

    it('counts a check that took too long as one that was run', async () => {
      const id = await world.run({ name: 'slow', interval: 0.05 });
      await world.set('result', id, '125');
      await world.start();
      await world.moreChecks(id, 4);
      await world.event('health_status', id, { health_status: 'unhealthy' });
      await world.until(async () => (await world.report()).watched[0]?.health === 'unhealthy');
      expect((await world.stop()).said).toBe('');
    });

    it('takes up another interval that podman update sets', async () => {
      const id = await world.run({ name: 'c', interval: 3600 });
      await world.start();
      await world.moreChecks(id, 1);
      await world.define(id, { name: 'c', interval: 0.05 });
      await world.event('update', id);
      await world.moreChecks(id, 3);
    });

    it('ends when it is asked to, and leaves nothing behind', async () => {
      const id = await world.run({ name: 'c', interval: 0.05 });
      await world.start();
      await world.moreChecks(id, 1);
      const events = await world.eventsPid();
      expect(await world.stop()).toMatchObject({ exitCode: 0 });
      await world.until(
        async () => (await execa('kill', ['-0', String(events)], { reject: false })).exitCode !== 0,
      );
    });

    it.skipIf(missing('gcc') !== undefined)('goes on when the clock is set back by an hour', async () => {
      const library = await settableClock(world.folder);
      const id = await world.run({ name: 'c', interval: 1 });
      await world.start(library);
      await world.moreChecks(id, 2);
      await execa('sh', ['-c', 'echo -3600 > "$0"', join(world.folder, 'clock')]);
      await world.moreChecks(id, 4);
    });
  },
);

/** A library that makes every clock of a program the one on the wall, as on FreeBSD, which the file `clock` sets. */
async function settableClock(folder: string): Promise<string> {
  const source = `
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
static long set(void) {
  long seconds = 0;
  FILE *file = fopen("${folder}/clock", "r");
  if (file) { if (fscanf(file, "%ld", &seconds) != 1) seconds = 0; fclose(file); }
  return seconds;
}
int clock_gettime(clockid_t id, struct timespec *time) {
  int result = syscall(SYS_clock_gettime, CLOCK_REALTIME, time);
  time->tv_sec += set();
  return result;
}
int gettimeofday(struct timeval *time, void *zone) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  time->tv_sec = now.tv_sec;
  time->tv_usec = now.tv_nsec / 1000;
  return 0;
}
`;
  const library = join(folder, 'clock.so');
  await execa('gcc', ['-shared', '-fPIC', '-O1', '-x', 'c', '-', '-o', library], { input: source });
  return library;
}
