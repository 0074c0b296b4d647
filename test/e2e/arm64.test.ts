import { describe, expect, it } from 'vitest';
import { arm64 } from '../standin/processor.ts';
import { DEFAULT_CONFIG, rehearse } from '../standin/rehearsal.ts';
import { standInArm64Unavailable } from '../standin/requirements.ts';

/** Emulated on every host of the tests: minutes on a busy one. */
const wanted = process.env['PODBSD_E2E'] === 'all';
const unavailable = (await standInArm64Unavailable()) ?? (wanted ? undefined : 'PODBSD_E2E is not all');

describe.skipIf(unavailable !== undefined)('the stand-in guest for arm64', () => {
  it('boots on QEMU’s virt with edk2, reads its config by memory, shares over 9P and ends by the power button', async () => {
    const { results, console } = await rehearse({
      config: DEFAULT_CONFIG,
      processor: arm64,
      keep: false,
      onResult: () => undefined,
    });
    expect(
      results.filter((result) => result.state !== 'passed'),
      console,
    ).toEqual([]);
    expect(console).toContain('UEFI firmware');
    expect(results.map(({ id }) => id)).toEqual(
      expect.arrayContaining(['ready', 'ssh-user', 'volume-0-guest-to-host', 'power-off']),
    );
  }, 900_000);
});
