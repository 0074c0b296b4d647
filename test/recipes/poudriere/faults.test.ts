import { existsSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Builder } from '../../support/builder.ts';

/** Names and checksums of the exported disks, as SHA256SUMS says; that it says the truth is the export's own test. */
async function exportedDisks(builder: Builder): Promise<readonly string[]> {
  const sums = await readFile(join(builder.folder, 'work/out/SHA256SUMS'), 'utf8');
  const disks = sums.split('\n').filter((line) => /\.(qcow2|raw)$/.test(line));
  expect(disks).toHaveLength(2);
  return disks;
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
  'world',
  'kernel',
  'jail.late',
  'ports',
  'bulk.podman',
  'bulk.commit',
  'image.packages',
  'inspect',
];

/** Programs of a moment end with podbsd; those that work for hours outlive it and have to be ended. */
const shortLived = ['ports', 'inspect'];

/** Kills podbsd as soon as it says that a stage has begun. */
async function killAtStartOf(builder: Builder, stage: string): Promise<void> {
  const { process: victim } = await builder.start('build-image', '--json');
  for await (const line of victim) {
    const event = JSON.parse(line) as { event: string; stage?: string };
    // Not after the loop: leaving it waits for the end of the program.
    if (event.event === 'start' && event.stage === stage) victim.kill('SIGKILL');
  }
  await victim;
}

describe('a build that is killed again and again', () => {
  it('goes on each time, leaves nothing behind and ends with the same image', async () => {
    const builder = await Builder.make();
    await builder.useSource(true);
    await killAtStartOf(builder, 'source');
    for (const point of points) {
      await builder.set({ faults: { [point]: shortLived.includes(point) ? 'wait' : 'hang' } });
      const { process: victim } = await builder.start('build-image');
      await builder.reached(point, victim);
      victim.kill('SIGKILL');
      await victim;
    }
    await builder.set({});
    await killAtStartOf(builder, 'export');
    await builder.succeed('build-image');
    await nothingLeft(builder);
    const disturbed = await exportedDisks(builder);

    // The same once more without any trouble, from nothing.
    for (const killed of ['journal.json', 'packages.list'])
      await builder.write(`build/${killed}.0123456789ab.tmp`, '{');
    await builder.succeed('clean', '--all');
    expect(existsSync(builder.directory)).toBe(false);
    await builder.succeed('build-image');
    expect(await exportedDisks(builder)).toEqual(disturbed);
  });
});
