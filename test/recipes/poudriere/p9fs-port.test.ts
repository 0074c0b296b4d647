import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { stageP9fsPort } from '../../../src/recipes/poudriere/p9fs-port.ts';
import type { Source } from '../../../src/recipes/poudriere/source.ts';
import { largeMessages } from '../../../src/recipes/shared/message-size.ts';
import { configSchema } from '../../../src/config/schema.ts';
import { LocalHost } from '../../../src/host/local.ts';
import { buildPaths } from '../../../src/recipes/poudriere/paths.ts';
import { writeP9fsSource } from '../../support/p9fs-source.ts';
import { tempDir } from '../../support/temp-dir.ts';

const host = new LocalHost();
const makefile = 'overlay-ports/sysutils/podbsd-p9fs-kmod/Makefile.local';

/** Stages the port for a base in a jail, and reads what was written. */
async function stage(
  config: Parameters<typeof configSchema.parse>[0],
  {
    version = '15.1-RELEASE-p1',
    source,
    withP9fs = true,
  }: { version?: string; source?: Source; withP9fs?: boolean } = {},
) {
  const folder = await tempDir();
  const mount = join(folder, 'jail');
  if (withP9fs) await writeP9fsSource(join(mount, 'usr/src'));
  else await mkdir(mount);
  const env = {
    host,
    config: configSchema.parse(config),
    paths: buildPaths({ directory: folder, dataset: 'podbsd' }),
  };
  const ports = await stageP9fsPort(env, { jail: { mount, version }, source });
  return { ports, settings: await host.readText(join(folder, makefile)) };
}

describe('largeMessages', () => {
  it.each([
    ['stock', undefined],
    [8, undefined],
    [16, 16],
    [128, 128],
  ] as const)('message_size = %s', (size, expected) => {
    expect(largeMessages({ message_size: size })).toBe(expected);
  });
});

describe('stageP9fsPort', () => {
  it('adds the port with the default size', async () => {
    const { ports, settings } = await stage({});
    expect(ports).toEqual(['sysutils/podbsd-p9fs-kmod']);
    expect(settings).toMatch(/^P9FS_MESSAGE_KIB=\t64\nPORTREVISION=\t\d{6}\n$/);
  });

  it.each(['stock', 8])('adds nothing for message_size = %s', async (size) => {
    expect(await stage({ shares: { message_size: size } })).toEqual({ ports: [], settings: undefined });
  });

  it('adds nothing to a base that has no p9fs, where that is allowed', async () => {
    const build = { allow_missing_p9fs: true };
    expect((await stage({ build }, { withP9fs: false })).ports).toEqual([]);
    expect((await stage({ build })).ports).toEqual(['sysutils/podbsd-p9fs-kmod']);
  });

  it('makes another package for another base', async () => {
    const { settings } = await stage({});
    expect((await stage({})).settings).toBe(settings);
    expect((await stage({}, { version: '15.1-RELEASE-p2' })).settings).not.toBe(settings);
    expect((await stage({}, { source: { commit: '0123', version: 1501000 } })).settings).not.toBe(settings);
  });
});
