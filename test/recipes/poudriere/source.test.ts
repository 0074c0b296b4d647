import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { ExitCode } from '../../../src/ground/errors.ts';
import { Builder, p9fsTree } from '../../support/builder.ts';

const untilSource = ['build-image', '--until', 'source'] as const;

async function commitInJournal(builder: Builder): Promise<string | undefined> {
  const text = await readFile(join(builder.directory, 'journal.json'), 'utf8');
  const journal = JSON.parse(text) as { stages: { source: { outputs: { commit?: string } } } };
  return journal.stages.source.outputs.commit;
}

describe('stage source', () => {
  it('clones a real repository, keeps its commit, and takes another when one is named', async () => {
    const builder = await Builder.make();
    const first = await builder.useSource(true);
    await builder.succeed(...untilSource);
    expect(await commitInJournal(builder)).toBe(first);

    const newer = await builder.repository('src', { 'README.md': 'newer\n' });
    expect((await builder.succeed(...untilSource)).stderr).toContain('nothing was done');
    await builder.succeed(...untilSource, '--from', 'source');
    expect(await commitInJournal(builder)).toBe(newer);

    await builder.useSource(true, `commit = "${first}"\n`);
    await builder.succeed(...untilSource);
    expect(await commitInJournal(builder)).toBe(first);
  });

  it('gets over what a killed git has left', async () => {
    const builder = await Builder.make();
    await builder.useSource(true);
    for (const lock of ['index.lock', 'shallow.lock', 'config.lock'])
      await builder.write(`build/src/.git/${lock}`, '');
    await builder.write('build/journal.json', '{"version":1,"stages":{}}');
    await builder.succeed(...untilSource);
  });

  it('never works on a repository around the build directory', async () => {
    const builder = await Builder.make();
    await builder.useSource(true);
    await builder.repository('build', { 'precious.c': 'int main(void);\n' });
    await builder.write('build/precious.c', 'not committed\n');
    // As a `git init` leaves it that was killed at its start.
    await builder.write('build/src/.git/hooks/empty', '');
    await builder.write('build/journal.json', '{"version":1,"stages":{}}');
    await builder.succeed(...untilSource);
    expect(await readFile(join(builder.directory, 'precious.c'), 'utf8')).toBe('not committed\n');
  });

  it('refuses a tree without p9fs, unless that is allowed', async () => {
    const builder = await Builder.make();
    await builder.useSource(false);
    const refused = await builder.run(...untilSource);
    expect(refused.exitCode).toBe(ExitCode.config);
    expect(refused.stderr).toContain('sys/fs/p9fs/p9fs_vfsops.c');
    expect(refused.stderr).toContain('[build.patch]');

    await builder.write(
      'work/allowed.toml',
      (await readFile(join(builder.folder, 'work/podbsd.toml'), 'utf8')).replace(
        '[build]\n',
        '[build]\nallow_missing_p9fs = true\n',
      ),
    );
    await builder.succeed(...untilSource, '--config', 'allowed.toml');
  });

  it('adds p9fs from a patch file, once, and only where it is absent', async () => {
    const builder = await Builder.make();
    await builder.useSource(false, '[build.patch]\nfile = "p9fs.patch"\n');
    await builder.repository('fork', { Makefile: 'buildworld buildkernel:\n' });
    await builder.repository('fork', p9fsTree);
    const { stdout } = await execa('git', ['format-patch', '-1', '--stdout'], {
      cwd: join(builder.folder, 'fork'),
    });
    await builder.write('work/p9fs.patch', `${stdout}\n`);
    await builder.succeed(...untilSource);
    const added = join(builder.directory, 'src/sys/fs/p9fs/p9fs_vfsops.c');
    expect(await readFile(added, 'utf8')).toBe(p9fsTree['sys/fs/p9fs/p9fs_vfsops.c']);
    await builder.succeed(...untilSource, '--from', 'source');

    // A tree that has it is left alone: the patch would not even apply.
    await builder.repository('src', { 'sys/fs/p9fs/p9fs_vfsops.c': '/* from FreeBSD */\n' });
    await builder.repository('src', { ...p9fsTree, 'sys/fs/p9fs/p9fs_vfsops.c': '/* from FreeBSD */\n' });
    await builder.succeed(...untilSource, '--from', 'source');
    expect(await readFile(added, 'utf8')).toBe('/* from FreeBSD */\n');
  });

  it('picks the newest commits of a branch of another repository', async () => {
    const builder = await Builder.make();
    await builder.repository('fork', { Makefile: 'buildworld buildkernel:\n' });
    const [fs = '', ...rest] = Object.keys(p9fsTree);
    await builder.repository('fork', { [fs]: p9fsTree[fs] ?? '' });
    await builder.repository('fork', Object.fromEntries(rest.map((path) => [path, p9fsTree[path] ?? ''])));
    const url = `file://${join(builder.folder, 'fork')}`;
    await builder.useSource(false, `[build.patch]\nurl = "${url}"\nbranch = "main"\ncommits = 2\n`);
    await builder.succeed(...untilSource);
    for (const [path, content] of Object.entries(p9fsTree))
      expect(await readFile(join(builder.directory, 'src', path), 'utf8')).toBe(content);
  });

  it('picks anew after an attempt that got stuck', async () => {
    const builder = await Builder.make();
    await builder.repository('fork', { Makefile: 'buildworld buildkernel:\n' });
    await builder.repository('fork', { Makefile: 'buildworld buildkernel:\n\ttrue\n' });
    await builder.repository('fork', p9fsTree);
    const url = `file://${join(builder.folder, 'fork')}`;
    await builder.useSource(false, `[build.patch]\nurl = "${url}"\nbranch = "main"\ncommits = 2\n`);
    await builder.repository('src', { Makefile: 'something: else\n' });
    const stuck = await builder.run(...untilSource);
    expect(stuck.exitCode).toBe(ExitCode.program);
    expect(stuck.stderr).toContain('cherry-pick');
    await builder.repository('src', { Makefile: 'buildworld buildkernel:\n' });
    await builder.succeed(...untilSource);
  });
});
