import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import type { Finding } from '../../src/doctor/check.ts';
import { packageRoot } from '../../src/ground/assets.ts';
import { ExitCode } from '../../src/ground/errors.ts';
import { bundledProgram } from '../support/bundled-program.ts';
import { missing } from '../support/programs.ts';
import { startSshd } from '../support/sshd.ts';
import { tempDir } from '../support/temp-dir.ts';

async function doctor(args: readonly string[], env: Record<string, string> = {}) {
  const program = await bundledProgram();
  return await execa(process.execPath, [program, 'doctor', ...args], {
    cwd: packageRoot,
    env,
    reject: false,
  });
}

interface Report {
  readonly healthy: boolean;
  readonly findings: readonly Finding[];
}

describe('podbsd doctor', () => {
  it.runIf(process.platform === 'linux')(
    'names what this host lacks, with the command, and ends with 1',
    async () => {
      const empty = await tempDir();
      const { exitCode, stdout } = await doctor(['--json'], { PATH: `${empty}:/bin`, HOME: empty });
      const { healthy, findings } = JSON.parse(stdout) as Report;
      expect([exitCode, healthy]).toEqual([ExitCode.failed, false]);
      expect(findings.map(({ id }) => id)).toEqual(
        expect.arrayContaining(['host.podman', 'host.kvm', 'host.space']),
      );
      for (const { state, repair, id } of findings) if (state === 'problem') expect(repair, id).toMatch(/\S/);
    },
  );

  it('ends with 65 for an image that is not there', async () => {
    const { exitCode, stderr } = await doctor(['/nonexistent.raw']);
    expect([exitCode, stderr]).toEqual([ExitCode.data, expect.stringContaining('/nonexistent.raw')]);
  });

  const unavailable = missing('sshd');
  it.skipIf(unavailable !== undefined)(
    "reaches podman's machine by its name, and prints a table",
    async () => {
      const sshd = await startSshd();
      try {
        const folder = await tempDir();
        const inspected = [
          {
            Name: 'm',
            SSHConfig: { IdentityPath: sshd.identityFile, Port: sshd.port, RemoteUsername: sshd.user },
          },
        ];
        await mkdir(join(folder, 'bin'));
        const podman = join(folder, 'bin', 'podman');
        await writeFile(
          podman,
          `#!/bin/sh\n[ "$*" = "machine inspect m" ] || exit 125\ncat <<'X'\n${JSON.stringify(inspected)}\nX\n`,
        );
        await chmod(podman, 0o755);
        const env = {
          PATH: `${join(folder, 'bin')}:${process.env['PATH'] ?? ''}`,
          HOME: folder,
          XDG_DATA_HOME: '',
        };
        const found = await doctor(['--machine', 'm'], env);
        expect(found.exitCode).toBe(ExitCode.failed);
        // This very host plays the machine: it has a clock, and no agent.
        expect(found.stdout).toMatch(/^ok +clock +the same as on the host$/m);
        expect(found.stdout).toMatch(/^PROBLEM +guest agent /m);
        const other = await doctor(['--machine', 'x'], env);
        expect(other.stderr).toContain('neither podbsd nor podman has a machine of this name');
      } finally {
        await sshd.stop();
      }
    },
  );
});
