import { expect, it } from 'vitest';
import { arm64 } from './processor.ts';
import { DEFAULT_CONFIG, rehearse } from './rehearsal.ts';
import { standInArm64Unavailable } from './requirements.ts';

/** Only what is different on arm64, as it is emulated nearly everywhere; test/e2e/arm64.test.ts checks all the rest. */
it('the stand-in guest for arm64 boots with edk2, applies its config, reports Ready and obeys the power button', async ({
  skip,
}) => {
  const unavailable = await standInArm64Unavailable();
  skip(unavailable !== undefined, unavailable);
  const { results, console } = await rehearse({
    config: DEFAULT_CONFIG,
    processor: arm64,
    bootOnly: true,
    keep: false,
    onResult: () => undefined,
  });
  expect(
    results.map(({ id, state, detail }) => [id, state, detail]).filter(([, state]) => state !== 'passed'),
    console,
  ).toEqual([]);
  expect(results.map(({ id }) => id)).toEqual(['build', 'start', 'ready', 'power-off']);
  expect(console).toContain('UEFI firmware');
  expect(console).toContain('Applying the configuration of podman machine.');
});
