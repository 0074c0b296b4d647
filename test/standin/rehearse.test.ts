import { describe, expect, it } from 'vitest';
import { amd64, arm64 } from './processor.ts';
import { rehearseAll, runRehearse } from './rehearse-program.ts';
import { standInArm64Unavailable, standInUnavailable } from './requirements.ts';

const withoutArm64 = await standInArm64Unavailable();

describe('npm run rehearse', () => {
  it('explains itself', async () => {
    const { stdout } = await runRehearse('--help');
    expect(stdout).toContain('Examples:');
    expect(stdout).toContain('--config <file>');
    expect(stdout.replace(/\s+/g, ' ')).toContain('(choices: "amd64", "arm64", default: "amd64")');
  });

  it.skipIf(standInUnavailable() !== undefined)('names the Ignition file that it cannot use', async () => {
    const result = await runRehearse('--config', '/nonexistent.ign');
    expect(result.exitCode).toBe(65);
    expect(result.stderr).toContain('reading the Ignition config /nonexistent.ign');
  });

  // One boot for both processors: the guest for arm64 where there is all that it needs, as it differs in more from a
  // machine of everyday (firmware of UEFI, a config read by memory). test/e2e/rehearse.test.ts boots the other.
  it.skipIf(withoutArm64 !== undefined)(
    'boots a guest for arm64 with edk2, provisions, checks every line of the contract and leaves nothing behind',
    async () => {
      const console = await rehearseAll(arm64);
      expect(console).toContain('UEFI firmware');
      expect(console).toContain('Applying the configuration of podman machine.');
    },
  );

  it.skipIf(withoutArm64 === undefined || standInUnavailable() !== undefined)(
    'boots a guest for amd64 where that for arm64 cannot be, with every line of the contract',
    async () => {
      expect(await rehearseAll(amd64)).toContain('Applying the configuration of podman machine.');
    },
  );
});
