import { expect, it } from 'vitest';
import { parsePodmanVersion, shareTransport } from '../../src/podman/version.ts';

it.each([
  ['podman version 4.3.1\n', '4.3.1', '9p'],
  ['podman version 4.9.5', '4.9.5', '9p'],
  ['podman version 5.1.2', '5.1.2', '9p'],
  ['podman version 5.2.0', '5.2.0', 'virtiofs'],
  ['podman version 6.0.0-dev', '6.0.0-dev', 'virtiofs'],
])('%j shares by %s', (output, text, transport) => {
  const version = parsePodmanVersion(output);
  if (version === undefined) throw new Error('not read');
  expect([version.text, shareTransport(version)]).toEqual([text, transport]);
});

it('does not guess', () => {
  expect(parsePodmanVersion('bash: podman: not found')).toBeUndefined();
});
