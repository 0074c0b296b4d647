import { expect, it } from 'vitest';
import { costOfEmulation } from '../../../src/recipes/bake/preflight.ts';
import { hostArchitecture } from '../../../src/vm/architecture.ts';

it('an emulated bake says why it is emulated and what that costs', () => {
  const own = hostArchitecture() ?? 'amd64';
  const other = own === 'amd64' ? 'arm64' : 'amd64';
  expect(costOfEmulation(other)).toMatch(
    new RegExp(`^${other} is not this computer's architecture: .*minutes`),
  );
  expect(costOfEmulation(other)).not.toContain('/dev/kvm');
  expect(costOfEmulation(own)).toMatch(new RegExp(`^no hardware acceleration for ${own} here.*minutes`));
});
