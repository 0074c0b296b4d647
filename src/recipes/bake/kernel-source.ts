import { readFile } from 'node:fs/promises';
import { ExitCode, PodbsdError } from '../../ground/errors.ts';
import { lacks } from '../../host/ask.ts';
import type { StageRun } from '../../pipeline/stage.ts';
import type { BakeEnv } from './env.ts';
import type { Inside } from './inside.ts';
import { offered, withPackages } from './pkg.ts';
import { fetchKernelSource } from './source-archive.ts';

/** Where FreeBSD has its source. */
const INSTALLED = '/usr/src';
/** Where it is unpacked for a moment. */
const UNPACKED = '/var/tmp/podbsd-source';
/** The package of FreeBSD's own that holds the kernel's source, for bases that are made of packages. */
const SOURCE_PACKAGE = 'FreeBSD-src-sys';

/** The server does not have it or cannot be reached; it is not what was published. */
const missing: ReadonlySet<ExitCode> = new Set([ExitCode.network, ExitCode.untrusted]);

/** What is built, by the folder of the source; returns why it could not be built, if so. */
type Work = (source: string) => Promise<string | undefined>;

/**
 * Does the work with the source of the base's kernel in place, and removes what was brought for it. The source is the
 * base's own, else a package of FreeBSD's, else `src.txz` of the base's release.
 *
 * @param version what freebsd-version(1) says of the base.
 * @returns why the work could not be done, or what the work returned.
 */
export async function withKernelSource(
  env: BakeEnv,
  inside: Inside,
  run: StageRun,
  version: string,
  work: Work,
): Promise<string | undefined> {
  if (!(await lacks(inside.host, `${INSTALLED}/sys/fs/p9fs/p9fs_vfsops.c`))) return await work(INSTALLED);
  if ((await offered(inside, [SOURCE_PACKAGE])).length > 0)
    return await withPackages(inside, run, [SOURCE_PACKAGE], () => work(INSTALLED));
  let archive: Buffer;
  try {
    archive = await readFile(await fetchKernelSource(env, run, version));
  } catch (error) {
    const mayBeMissing = error instanceof PodbsdError && missing.has(error.exitCode);
    if (!mayBeMissing || run.signal.aborted) throw error;
    return (
      `the base has no kernel source, its repositories have no package ${SOURCE_PACKAGE}, ` +
      `and that of FreeBSD ${version} cannot be had: ${error.problem}`
    );
  }
  await inside.host.mkdir(UNPACKED);
  await inside.exec(['/usr/bin/tar', '-xzf', '-', '-C', UNPACKED], { input: archive });
  const result = await work(UNPACKED);
  await inside.host.remove(UNPACKED);
  return result;
}
