import { FIXED_TIME } from '../overlay/pack.ts';
import type { Argv } from '../../host/host.ts';
import { runProgram } from '../../host/run-program.ts';
import { ExitCode, PodbsdError } from '../../ground/errors.ts';
import { fatOffset } from './locate.ts';

/**
 * mtools ignores the user's configuration here, skips its geometry check, and gets all times from podbsd, in UTC: the
 * same files give the same image.
 */
const environment = {
  MTOOLSRC: '/dev/null',
  MTOOLS_SKIP_CHECK: '1',
  TZ: 'UTC',
  LC_ALL: 'C.UTF-8',
  SOURCE_DATE_EPOCH: String(FIXED_TIME.getTime() / 1000),
};

/** Runs one of mtools' programs on the FAT file system of a disk image. */
export async function mtools(
  program: 'mformat' | 'mcopy' | 'mdir' | 'mdel' | 'mren',
  image: string,
  args: readonly string[],
): Promise<string> {
  const offset = await fatOffset(image);
  if (offset === undefined)
    throw new PodbsdError({
      doing: `looking into ${image}`,
      problem: 'it has no MBR partition and no FAT file system',
      remedy: 'make the disk with podbsd alpine create',
      exitCode: ExitCode.data,
    });
  const argv: Argv = [program, '-i', `${image}@@${offset}`, ...args];
  const { stdout } = await runProgram(argv, { env: environment });
  return stdout;
}
