import { ownLoaderArgv } from './own-loader.ts';
import { trixiePackages } from './trixie.ts';

/** The packages that QuickJS needs to run: the same engine version (2025.04.26) as FreeBSD's port lang/quickjs. */
export const quickjsPackages = ['quickjs', 'libc6'] as const;

/** The argv prefix that runs QuickJS: append options, the script and its arguments. */
export async function quickjs(): Promise<readonly [string, ...string[]]> {
  return ownLoaderArgv(await trixiePackages(quickjsPackages), 'usr/bin/qjs');
}
