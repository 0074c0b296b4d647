import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { packageRoot, podbsdVersion } from '../../../src/ground/assets.ts';
import { missing } from '../../support/programs.ts';

const port = join(packageRoot, 'poudriere/ports/sysutils/podbsd-guest');

describe('sysutils/podbsd-guest', () => {
  let stage: string;
  beforeEach(async () => {
    stage = await mkdtemp(join(tmpdir(), 'podbsd-port-'));
  });
  afterEach(() => rm(stage, { recursive: true, force: true }));

  it('carries the version of podbsd', async () => {
    expect(await readFile(join(port, 'Makefile'), 'utf8')).toMatch(
      new RegExp(`^DISTVERSION=\\t${podbsdVersion().replaceAll('.', '\\.')}$`, 'm'),
    );
  });

  it.skipIf(missing('make', 'gcc') !== undefined)(
    'packs exactly what make install puts in place',
    async () => {
      const agent = join(stage, 'agent');
      await writeFile(agent, '#!/usr/local/bin/qjs -m\n');
      const ignition = join(packageRoot, 'ignition');
      await execa('make', ['-C', ignition, 'install', `DESTDIR=${stage}/root`, `AGENT=${agent}`]);
      const prefix = join(stage, 'root/usr/local');
      const entries = await readdir(prefix, { recursive: true, withFileTypes: true });
      const installed = entries
        .filter((entry) => !entry.isDirectory())
        .map((entry) => join(entry.parentPath, entry.name).slice(prefix.length + 1));
      const plist = (await readFile(join(port, 'pkg-plist'), 'utf8')).trim().split('\n');
      expect(plist.map((line) => line.replace(/^@\(.*\) /, ''))).toEqual(installed.sort());
    },
  );

  it.skipIf(missing('make') !== undefined)('says what to do when the agent has not been built', async () => {
    const { exitCode, stderr } = await execa(
      'make',
      ['-C', join(packageRoot, 'ignition'), 'install', `DESTDIR=${stage}`, `AGENT=${stage}/none`],
      { reject: false },
    );
    expect(exitCode).not.toBe(0);
    expect(stderr).toContain("run 'npm run build:agent' first");
  });
});
