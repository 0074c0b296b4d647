import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ExitCode } from '../../../src/ground/errors.ts';
import { Builder } from '../../support/builder.ts';
import { missing } from '../../support/programs.ts';
import { startSshd } from '../../support/sshd.ts';

describe.skipIf(missing('sshd', 'sha256sum') !== undefined)('build-image --host', () => {
  it('refuses an unknown host key, comes back to Poudriere after the connection broke and brings the image home', async () => {
    const builder = await Builder.make();
    const environment = Object.entries({ ...builder.env }).map(([name, value]) => `${name}=${value}`);
    const sshd = await startSshd([`SetEnv ${environment.join(' ')}`]);
    onTestFinished(() => sshd.stop());
    // This side has no doubles: everything has to happen over there.
    builder.localEnv = { HOME: join(builder.folder, 'home'), SSH_AUTH_SOCK: '' };
    const url = `ssh://${sshd.user}@127.0.0.1:${sshd.port}`;
    const remote = ['build-image', '--host', url, '--identity', sshd.identityFile];

    const unknown = await builder.run(...remote);
    expect(unknown.exitCode).toBe(ExitCode.untrusted);
    expect(existsSync(builder.directory)).toBe(false);

    await builder.set({ faults: { 'bulk.podman': 'pause' } });
    const { process: running } = await builder.start(...remote, '--accept-new-host-key');
    await builder.reached('bulk.podman', running);
    sshd.cut();
    await builder.set({ faults: { 'image.packages': 'hang' } });
    await builder.reached('image.packages', running);
    // A machine that was switched off in the middle leaves Poudriere at work over there.
    running.kill('SIGKILL');
    await running;
    await builder.set({});
    const bulks = (await builder.commands()).filter((argv) => argv.includes('bulk'));
    expect(bulks).toHaveLength(1);

    const resumed = await builder.succeed(...remote);
    expect(resumed.stderr).toContain('packages: nothing to do');
    expect(resumed.stderr).toContain('ending what an interrupted run left running');
    const out = join(builder.folder, 'work/out');
    await execa('sha256sum', ['--check', '--quiet', 'SHA256SUMS'], { cwd: out });
    expect(await readFile(join(out, 'manifest.json'), 'utf8')).toContain('"podman"');
    expect(await builder.readState('jls')).toEqual([]);
    expect(await readdir(join(builder.directory, 'running'))).toEqual([]);
  });
});
