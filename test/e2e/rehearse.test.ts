import { expect, it } from 'vitest';
import { amd64 } from '../standin/processor.ts';
import { rehearseAll } from '../standin/rehearse-program.ts';
import { standInUnavailable } from '../standin/requirements.ts';

const wanted = process.env['PODBSD_E2E'] === 'all';
const unavailable = standInUnavailable() ?? (wanted ? undefined : 'only npm run test:e2e takes the time');

// The guest for arm64 is in test/standin/rehearse.test.ts, where it can be booted.
it.skipIf(unavailable !== undefined)(
  'a stand-in guest for amd64 boots, provisions, keeps every line of the contract and leaves nothing behind',
  async () => {
    expect(await rehearseAll(amd64)).toContain('Applying the configuration of podman machine.');
  },
);
