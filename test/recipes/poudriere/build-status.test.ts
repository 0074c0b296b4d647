import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bulkProgress } from '../../../src/recipes/poudriere/bulk-watch.ts';
import { LocalHost } from '../../../src/host/local.ts';
import { portFailure } from '../../../src/recipes/poudriere/failure-report.ts';
import { finished, readBulkStatus } from '../../../src/recipes/poudriere/build-status.ts';
import { tempDir } from '../../support/temp-dir.ts';

const host = new LocalHost();

/** A build's log folder as Poudriere leaves it in the middle of a build. */
async function buildFolder(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await tempDir();
  await mkdir(join(folder, 'logs/errors'), { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return folder;
}

const middle = {
  '.poudriere.status': 'parallel_build:\n',
  '.poudriere.status.01': 'build:lang/go124:go124-1.24.3:1000:1010\n',
  '.poudriere.status.02': 'idle:\n',
  '.poudriere.status.03': 'configure:devel/py-foo@py311:py311-foo-1:1005:1006\n',
  '.poudriere.status.journal%': '1780000000:starting\n',
  '.poudriere.ports.queued':
    'a/b b-1 listed\nc/d d-1 a/b\ne/f f-1 listed\ng/h h-1 listed\nlang/go124 go124-1.24.3 x\n',
  '.poudriere.ports.built': 'a/b b-1 12\n',
  '.poudriere.ports.failed': 'c/d d-1 build clang11 44\n',
  // The same port twice, as it happens.
  '.poudriere.ports.skipped': 'e/f f-1 d-1\ne/f f-1 d-1\n',
  '.poudriere.ports.fetched': '',
};

describe('the status of a bulk build', () => {
  it('is read from the flat files', async () => {
    const status = await readBulkStatus(host, await buildFolder(middle));
    expect(status).toMatchObject({
      phase: 'parallel_build:',
      queued: 5,
      built: 1,
      failed: 1,
      skipped: 1,
      ignored: 0,
    });
    expect(finished(status)).toBe(3);
    expect(status.jobs.map(({ id, phase, origin }) => [id, phase, origin])).toEqual([
      ['01', 'build', 'lang/go124'],
      ['03', 'configure', 'devel/py-foo@py311'],
    ]);
    expect(bulkProgress(status)).toEqual({
      text: 'lang/go124 (build), devel/py-foo@py311 (configure)',
      done: 3,
      total: 5,
      counts: { built: 1, fetched: 0, failed: 1, skipped: 1, ignored: 0, remaining: 2 },
    });
  });

  it('shows the phase while the queue is being worked out, and nothing wrong before there is a folder', async () => {
    const early = await readBulkStatus(
      host,
      await buildFolder({ '.poudriere.status': 'gatheringportvars:\n' }),
    );
    expect(bulkProgress(early)).toEqual({ text: 'gatheringportvars' });
    expect(bulkProgress(await readBulkStatus(host, join(await tempDir(), 'none')))).toEqual({
      text: 'starting',
    });
  });
});

describe('the report of failed ports', () => {
  it('shows the end of the first log and names the others', async () => {
    const folder = await buildFolder({
      ...middle,
      '.poudriere.ports.failed': 'c/d d-1 build clang11 44\ni/j j-2 fetch ??? \n',
    });
    await writeFile(
      join(folder, 'logs/errors/d-1.log'),
      Array.from({ length: 50 }, (_, n) => `line ${n + 1}`).join('\n'),
    );
    const failure = await portFailure(host, folder);
    expect(failure?.doing).toBe('building 2 ports');
    const lines = failure?.problem.split('\n') ?? [];
    expect(lines.slice(0, 2)).toEqual([
      'c/d (d-1) failed in phase build (clang11). The last 40 lines of its log:',
      '  | line 11',
    ]);
    expect(lines.slice(-3)).toEqual([
      `whole log: this host:${folder}/logs/errors/d-1.log`,
      `also i/j (j-2) failed in phase fetch (???), log ${folder}/logs/errors/j-2.log`,
      'not tried because of that: e/f',
    ]);
  });

  it('tells why nothing failed and yet not all was built', async () => {
    const folder = await buildFolder({
      '.poudriere.ports.skipped': 'e/f f-1 b-1\n',
      '.poudriere.ports.ignored': 'a/b b-1 is marked as broken: does not link\n',
    });
    expect((await portFailure(host, folder))?.problem.split('\n')).toEqual([
      'e/f was not tried: it needs b-1',
      'a/b is ignored: is marked as broken: does not link',
    ]);
  });

  it('is undefined when nothing failed', async () => {
    expect(
      await portFailure(host, await buildFolder({ '.poudriere.status': 'stopped:done:\n' })),
    ).toBeUndefined();
  });
});
