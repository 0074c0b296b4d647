import { runProgram, whatFailed } from './program.ts';
import type { System } from '../system/system.ts';

const pkg = '/usr/local/sbin/pkg';

/**
 * Whether the repositories have newer packages than are installed; those of the base system are among them where it was
 * installed as packages. Nothing is downloaded but the catalogues. A base system of distribution sets is not looked at:
 * freebsd-update cannot tell without fetching the patches.
 */
export function hasPendingUpdates(system: System): boolean {
  runProgram(system, [pkg, 'update', '-q']);
  // `-n` ends with 1 when there is something to do, in some versions.
  const argv = [pkg, 'upgrade', '-n'] as const;
  const result = system.run(argv);
  if (/packages are up to date/.test(result.out)) return false;
  if (/to be (?:upgraded|installed|reinstalled|removed)/i.test(result.out)) return true;
  throw new Error(whatFailed(argv, result));
}
