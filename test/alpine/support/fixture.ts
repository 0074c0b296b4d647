import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { createGuest, type Created } from '../../../src/alpine/create.ts';
import { alpineSchema, type AlpineConfig } from '../../../src/config/alpine.ts';
import { LocalHost } from '../../../src/host/local.ts';

export const ISO = 'alpine-virt-3.24.2-x86_64.iso';

/** An [alpine] table with these keys set. The disk is small, so that tests are quick. */
export function alpineConfig(keys: object = {}): AlpineConfig {
  return alpineSchema.parse({ overlay_disk: '36M', ...keys });
}

/** A folder that is gone when the test has ended. */
export function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'podbsd-alpine-'));
  onTestFinished(async () => await rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Makes a guest as `podbsd alpine create` does. */
export async function create(
  outDir: string,
  keys: object = {},
  options: { readonly name?: string; readonly iso?: string | undefined; readonly force?: boolean } = {},
): Promise<Created> {
  const { name, iso, force } = { name: 'docker', iso: ISO, ...options };
  return await createGuest(new LocalHost(), { name, config: alpineConfig(keys), outDir, iso, force });
}
