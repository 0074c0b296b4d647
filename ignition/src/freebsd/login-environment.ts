import type { System } from '../system/system.ts';
import { readBlock } from './block-text.ts';

/** The block of ~/.ssh/environment that holds what podman says of proxies and certificates. */
export const loginBlock = 'proxies and certificates';

/** What was written for root: for downloads that this agent starts. */
export function readLoginEnvironment(system: System): Record<string, string> {
  const lines = readBlock(system.readText('/root/.ssh/environment') ?? '', loginBlock);
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
}
