import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  enlargeMessages,
  largeMessages,
  stageP9fsPort,
} from '../../../src/recipes/poudriere/p9fs-messages.ts';
import { configSchema } from '../../../src/config/schema.ts';
import { ExitCode, PodbsdError } from '../../../src/ground/errors.ts';
import { LocalHost } from '../../../src/host/local.ts';
import type { Outputs } from '../../../src/pipeline/stage.ts';
import { buildPaths } from '../../../src/recipes/poudriere/paths.ts';
import { changeSource, readTree, writeP9fsSource } from '../../support/p9fs-source.ts';
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
  }: { version?: string; source?: Outputs; withP9fs?: boolean } = {},
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
  const outputs: Readonly<Record<string, Outputs>> = { jail: { mount, version }, source: source ?? {} };
  const ports = await stageP9fsPort(env, { outputs: (name) => outputs[name] ?? {} });
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
    expect((await stage({}, { source: { commit: '0123' } })).settings).not.toBe(settings);
  });
});

describe('enlargeMessages', () => {
  it('changes a source tree and leaves nothing else in it', async () => {
    const folder = await tempDir();
    await writeP9fsSource(folder);
    const before = Object.keys(await readTree(folder));
    await enlargeMessages(host, folder, 64);
    expect(await readFile(join(folder, 'sys/fs/p9fs/p9_client.h'), 'utf8')).toContain(
      '#define P9FS_MTU 65536\n',
    );
    // The modules are the tree's own, so their version stays.
    expect(await readFile(join(folder, 'sys/fs/p9fs/p9fs_vfsops.c'), 'utf8')).toContain(
      'MODULE_VERSION(p9fs, 1);',
    );
    expect(Object.keys(await readTree(folder))).toEqual(before);
  });

  it('says which line differs and what to do', async () => {
    const folder = await tempDir();
    await writeP9fsSource(folder);
    await changeSource(folder, 'fs/p9fs/p9_client.h', 'P9FS_MTU 8192', 'P9FS_MTU 131072');
    const before = await readTree(folder);
    const error = await enlargeMessages(host, folder, 64).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(PodbsdError);
    expect(error).toMatchObject({
      exitCode: ExitCode.config,
      doing: `making the 9P messages larger in ${folder}`,
    });
    expect((error as PodbsdError).problem).toContain('line 2: #define P9FS_MTU 131072');
    expect((error as PodbsdError).remedy).toContain('message_size = "stock"');
    expect(await readTree(folder)).toEqual(before);
  });

  it('passes other failures on', async () => {
    const folder = await tempDir();
    await writeP9fsSource(folder);
    await expect(enlargeMessages(host, folder, 7)).rejects.toThrow('usage: large-messages');
  });
});
