import { ownLoaderArgv } from './own-loader.ts';
import { trixiePackages } from './trixie.ts';

/** The packages that QuickJS needs to run: the same engine version (2025.04.26) as FreeBSD's port lang/quickjs. */
export const quickjsPackages = ['quickjs', 'libc6'] as const;

/**
 * The argv prefix that runs QuickJS: append options, the script and its arguments. PODBSD_QUICKJS may name another
 * engine, such as quickjs-ng, which other systems have under the name of qjs.
 */
export async function quickjs(): Promise<readonly [string, ...string[]]> {
  const other = process.env['PODBSD_QUICKJS'] ?? '';
  if (other !== '') return [other];
  return ownLoaderArgv(await trixiePackages(quickjsPackages), 'usr/bin/qjs');
}
