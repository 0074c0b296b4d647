import { mkdir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import { makeStageFolder } from '../../src/ground/stage-folder.ts';
import { tempDir } from '../support/temp-dir.ts';

it('a folder for preparing something takes the place of those whose podbsd was killed, and of no other', async () => {
  const parent = await tempDir();
  const ended = execa('true');
  await ended;
  const others = [
    `.x-${process.ppid}-abcdef`,
    '.x-mine',
    `.y-${ended.pid}-abcdef`,
    `.x-${ended.pid}-notes.txt`,
  ];
  for (const name of [...others, `.x-${ended.pid}-abcdef`]) await mkdir(join(parent, name));
  const made = await makeStageFolder(parent, '.x-');
  expect((await stat(made)).isDirectory()).toBe(true);
  expect((await readdir(parent)).sort()).toEqual([...others, made.slice(parent.length + 1)].sort());
});
