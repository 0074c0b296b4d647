import { basename, dirname, join } from 'node:path';
import { packageRoot } from '../../ground/assets.ts';
import { CommandError } from '../../host/command-error.ts';
import type { Host } from '../../host/host.ts';
import { nothing, type Stage, type StageRun } from '../../pipeline/stage.ts';
import { hashTree } from '../shared/tree-hash.ts';
import { putFiles } from './archive.ts';
import type { BakeEnv } from './env.ts';
import { insideStage, type Ground } from './inside-stage.ts';
import type { Inside } from './inside.ts';
import { readTree } from './overlay-files.ts';
import { pkg } from './pkg.ts';
import { shippedList } from '../shared/shipped.ts';

/** Filled with zeros and removed, so that unused space compresses to nothing. */
const ZEROS = '/var/tmp/podbsd-zeros';
/** What a sealed image has besides the overlay. */
const sealedTree = join(packageRoot, 'image/bake/sealed');

/** Makes rc(8) take the next boot for the first one. */
const firstboot = { kind: 'file', path: '/firstboot', content: Buffer.alloc(0), mode: 0o644 } as const;

/**
 * Removes what belongs to this one machine, makes the next boot a first one and powers off. Nobody can log in
 * afterwards: when this stage is interrupted, it starts again from the layer below.
 */
export function sealStage(env: BakeEnv, ground: Ground): Stage {
  return insideStage(env, ground, {
    layer: 'seal',
    title: 'Remove traces and seal',
    outputs: nothing,
    inputs: async () => ({
      traces: await shippedList('image/bake/traces'),
      files: await hashTree(sealedTree),
    }),
    work: async (inside, run) => {
      // cron saves entropy every eleven minutes, and syslogd writes until the end. Exit code 1: it was not running,
      // which is fine.
      for (const service of ['cron', 'syslogd'])
        await inside.exec(['/usr/sbin/service', service, 'onestop'], { okCodes: [0, 1] });
      await pkg(inside, run, 'clean', '-a', '-y');
      await removeAll(inside, await shippedList('image/bake/traces'));
      // Emptied but kept: syslogd and newsyslog take owner and mode from the existing files.
      await inside.exec(truncateLogs);
      await giveBackSpace(inside, run, run.output(ground.boot).rootfs);
      await putFiles(inside, [...(await readTree(sealedTree)), firstboot]);
      await inside.exec(['/bin/sync']);
      await env.machine.powerOff(run);
      return {};
    },
  });
}

const truncateLogs = [
  ...(['/usr/bin/find', '/var/log', '-type', 'f'] as const),
  ...['-exec', '/usr/bin/truncate', '-s', '0', '{}', '+'],
] as const;

/** Removes paths. Those with * are looked up first: there is no shell that would expand them. */
async function removeAll(inside: Inside, patterns: readonly string[]): Promise<void> {
  const found = await Promise.all(patterns.map((pattern) => matching(inside.host, pattern)));
  await inside.exec(['/bin/rm', '-rf', '--', ...found.flat()]);
}

/** The paths that a pattern stands for. * matches any characters of the last part, a leading dot included. */
export async function matching(host: Host, pattern: string): Promise<readonly string[]> {
  if (!pattern.includes('*')) return [pattern];
  const folder = dirname(pattern);
  const parts = basename(pattern).split('*');
  const literal = parts.map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  const wanted = new RegExp(`^${literal.join('.*')}$`);
  const names = await host.list(folder);
  // Nothing that could match: `rm -f` passes over the pattern itself.
  if (names === undefined) return [pattern];
  return names.filter((name) => wanted.test(name)).map((name) => `${folder}/${name}`);
}

/** An image that is larger than necessary is no reason to fail. */
async function trim(inside: Inside, run: StageRun, pool: string): Promise<void> {
  try {
    await inside.exec(['/sbin/zpool', 'trim', '-w', pool]);
  } catch (error) {
    if (!(error instanceof CommandError) || run.signal.aborted) throw error;
    run.say(
      `the image keeps the space that pool ${pool} does not use: zpool trim failed, see ${run.logFile}`,
    );
  }
}

/** Discards unused space: ZFS trims it; on UFS it is overwritten with zeros. */
async function giveBackSpace(inside: Inside, run: StageRun, rootfs: string): Promise<void> {
  run.progress({ text: 'giving back unused space' });
  if (rootfs === 'zfs') {
    // Space that was just freed may become available only two transaction groups later.
    for (let pass = 0; pass < 3; pass++) await inside.exec(['/sbin/zpool', 'sync']);
    const pools = await inside.exec(['/sbin/zpool', 'list', '-H', '-o', 'name'], { readOnly: true });
    for (const pool of pools.stdout.split('\n').filter((name) => name !== '')) await trim(inside, run, pool);
    return;
  }
  // dd ends with 1 when the file system is full, which is the purpose.
  const fill = ['/bin/dd', 'if=/dev/zero', `of=${ZEROS}`, 'bs=1048576'] as const;
  await inside.exec(fill, { okCodes: [0, 1] });
  await inside.exec(['/bin/sync']);
  await inside.exec(['/bin/rm', '-f', ZEROS]);
}
