import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Builder } from '../support/builder.ts';

/** Checksums of everything that was exported. */
async function exported(builder: Builder): Promise<Record<string, string>> {
  const out = join(builder.folder, 'work/out');
  const sums = (await readdir(out)).sort().map(async (name) => {
    const bytes = await readFile(join(out, name));
    return [name, createHash('sha256').update(bytes).digest('hex')] as const;
  });
  return Object.fromEntries(await Promise.all(sums));
}

/** Nothing of an interrupted build may be left on the build host. */
async function nothingLeft(builder: Builder): Promise<void> {
  expect((await builder.readState('jls')) ?? []).toEqual([]);
  expect((await builder.readState('md')) ?? {}).toEqual({});
  expect((await builder.readState('pools')) ?? {}).toEqual({});
  expect((await builder.readState('mounts')) ?? []).toEqual([]);
  expect(existsSync(join(builder.directory, 'lock'))).toBe(false);
  expect(await readdir(join(builder.directory, 'poudriere/data/images'))).toEqual([]);
}

/** Every place where a build can be cut off, in the order in which it comes past them. */
const points = [
  'jail.fetch',
  'jail.late',
  'ports',
  'bulk',
  'bulk.podman',
  'bulk.commit',
  'image',
  'image.packages',
  'image.late',
  'inspect',
] as const;

describe('a build that is killed again and again', () => {
  it(
    'goes on each time, leaves nothing behind and ends with the same image',
    { timeout: 120_000 },
    async () => {
      const builder = await Builder.make();
      for (const point of points) {
        // Programs of a moment end with podbsd; those that work for hours outlive it and have to be ended.
        await builder.set({
          faults: { [point]: point === 'inspect' || point === 'ports' ? 'wait' : 'hang' },
        });
        const { process: victim } = await builder.start('build-image');
        await builder.reached(point);
        victim.kill('SIGKILL');
        await victim;
      }
      await builder.set({});
      expect(await builder.run('build-image')).toMatchObject({ exitCode: 0 });
      await nothingLeft(builder);

      const undisturbed = await Builder.make();
      expect(await undisturbed.run('build-image')).toMatchObject({ exitCode: 0 });
      const [disturbed, expected] = [await exported(builder), await exported(undisturbed)];
      const disks = Object.keys(expected).filter((name) => /\.(qcow2|raw)$/.test(name));
      expect(disks).toHaveLength(2);
      for (const name of disks) expect(disturbed[name]).toBe(expected[name]);
    },
  );
});
