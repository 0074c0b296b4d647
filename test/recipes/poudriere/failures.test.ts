import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ExitCode } from '../../../src/ground/errors.ts';
import { Builder } from '../../support/builder.ts';

describe('a build that fails', () => {
  it('says each time what went wrong, loses nothing and comes to its end', async () => {
    const builder = await Builder.make('packages = ["editors/vim"]\n');

    await builder.set({ faults: { 'jail.fetch': 'network' } });
    const offline = await builder.run('build-image');
    expect(offline.exitCode).toBe(ExitCode.network);
    expect(offline.stderr).toContain('check the network');
    expect(existsSync(join(builder.directory, 'etc/poudriere.d/jails/podbsd'))).toBe(false);

    await builder.set({ faults: { ports: 'full' } });
    const full = await builder.run('build-image');
    expect(full.exitCode).toBe(ExitCode.diskFull);
    expect(full.stderr).toContain('No space left on device');
    expect(full.stderr).toContain('jail: done');

    await builder.set({ faults: { port: 'lang/go' } });
    const broken = await builder.run('build-image');
    expect(broken.exitCode).toBe(ExitCode.portFailed);
    expect(broken.stderr).toContain('lang/go (go-1.25) failed in phase build (clang)');
    expect(broken.stderr).toContain('| compiling, line 61\n');
    expect(broken.stderr).not.toContain('| compiling, line 60\n');
    expect(broken.stderr).toContain('| compiling, line 100\n');
    expect(broken.stderr).toContain('not tried because of that: editors/vim');
    const log = /whole log: this host:(\S+)/.exec(broken.stderr)?.[1] ?? '';
    expect(existsSync(log)).toBe(true);

    // What was built before the failure is not built again.
    await builder.set({ faults: { ignore: 'editors/vim' } });
    await builder.commands();
    const ignored = await builder.run('build-image');
    expect(ignored.exitCode).toBe(ExitCode.portFailed);
    expect(ignored.stderr).toContain('editors/vim: ignored: is marked as broken');
    const bulk = (await builder.commands()).find((argv) => argv.includes('bulk')) ?? [];
    const folder = join(builder.directory, 'poudriere/data/logs/bulk/podbsd-podbsdports');
    const attempt = await readdir(join(folder, bulk[bulk.indexOf('-B') + 1] ?? '', 'logs'));
    expect(attempt.filter((name) => name.endsWith('.log'))).toEqual(['go-1.25.log']);

    await builder.set({});
    await builder.succeed('build-image');

    await rm(join(builder.directory, 'image'), { recursive: true });
    await builder.commands();
    const again = await builder.succeed('build-image');
    expect(again.stderr).toContain('image: starts (result is gone)');
    const used = (await builder.commands()).map(([program, , , , command]) => [program, command]);
    expect(used).toContainEqual(['poudriere', 'image']);
    expect(used).not.toContainEqual(['poudriere', 'bulk']);
  });

  it('lets go of a ports tree that a killed build has mounted', async () => {
    const builder = await Builder.make('', { faults: { 'bulk.podman': 'gone' } });
    expect((await builder.run('build-image', '--until', 'packages')).exitCode).toBe(ExitCode.program);
    expect(await builder.readState('jls')).toEqual(['podbsd-podbsdports']);
    await builder.set({});
    await builder.succeed('build-image', '--from', 'ports', '--until', 'packages');
    expect(await builder.readState('jls')).toEqual([]);
  });

  it('forwards ctrl-C once to Poudriere, waits for it, and goes on later', async () => {
    const builder = await Builder.make('', { faults: { 'bulk.podman': 'hang' } });
    const { process: running } = await builder.start('build-image', '--until', 'packages');
    await builder.reached('bulk.podman', running);
    const status = await builder.succeed('status');
    expect(status.stdout).toMatch(/Process \d+ on .* is building/);
    expect(status.stdout).toContain('sysutils/podman (build)');
    const second = await builder.run('build-image');
    expect(second.exitCode).toBe(ExitCode.locked);
    expect(second.stderr).toContain('podbsd status');

    running.kill('SIGINT');
    const { exitCode } = await running;
    expect(exitCode).toBe(ExitCode.interrupted);
    // Poudriere has cleaned up before podbsd ended.
    expect(await builder.readState('jls')).toEqual([]);
    expect(existsSync(join(builder.directory, 'lock'))).toBe(false);
    expect((await builder.succeed('status')).stdout).toMatch(/^interrupted +packages/m);

    await builder.set({});
    const resumed = await builder.succeed('build-image', '--until', 'packages');
    expect(resumed.stderr).toContain('packages: starts (interrupted before)');
    expect(resumed.stderr).not.toContain('overlay');
  });
});
