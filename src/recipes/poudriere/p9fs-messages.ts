import { join } from 'node:path';
import type { SharesConfig } from '../../config/shares.ts';
import { ExitCode, PodbsdError } from '../../ground/errors.ts';
import { CommandError } from '../../host/command-error.ts';
import type { Host } from '../../host/host.ts';
import type { StageRun } from '../../pipeline/stage.ts';
import type { BuildEnv } from './env.ts';
import { ownPortsFolder } from './own-ports.ts';
import { absent, p9fsSources } from './p9fs.ts';
import { portRevision } from './port-revision.ts';
import { hashTree } from '../shared/tree-hash.ts';

/** FreeBSD's p9fs and its transport as modules with larger messages, built from the source of the base. */
const P9FS_PORT = 'sysutils/podbsd-p9fs-kmod';

/** The exit code of `large-messages` when the source does not read as expected; EX_DATAERR of sysexits(3). */
const NOT_AS_EXPECTED = 65;

/** The largest 9P message in KiB when it is not the one that FreeBSD's own modules have, which is 8. */
export function largeMessages({ message_size: size }: SharesConfig): number | undefined {
  return size === 'stock' || size === 8 ? undefined : size;
}

/**
 * Sets up the port in the overlay tree, for the base in the jail.
 * @returns what is to be added to the list of packages: the port, or nothing when the messages stay as they are.
 */
export async function stageP9fsPort(
  env: Pick<BuildEnv, 'config' | 'host' | 'paths'>,
  run: Pick<StageRun, 'outputs'>,
): Promise<readonly string[]> {
  const { host, paths } = env;
  const { mount = '', version = '' } = run.outputs('jail');
  const kib = largeMessages(env.config.shares);
  if (kib === undefined) return [];
  // Asked only where a base without p9fs is allowed: elsewhere the check of the jail has refused it.
  if (env.config.build.allow_missing_p9fs && (await absent(host, `${mount}/usr/src`, p9fsSources)).length > 0)
    return [];
  // The modules are for exactly one kernel, so another base makes another package.
  const madeFrom = [version, run.outputs('source'), await hashTree(join(ownPortsFolder, P9FS_PORT))];
  await host.writeFile(
    `${paths.overlayPorts}/${P9FS_PORT}/Makefile.local`,
    `P9FS_MESSAGE_KIB=\t${kib}\n${portRevision(madeFrom)}`,
  );
  return [P9FS_PORT];
}

/**
 * Makes the messages larger in a whole source tree, for a recipe that builds the kernel itself: its own modules then
 * have them, and the port is neither needed nor possible. The tree must be unchanged; it is left so when any line
 * does not read as expected.
 * @param source a FreeBSD source tree on the host, absolute.
 */
export async function enlargeMessages(host: Host, source: string, kib: number): Promise<void> {
  const script = `${source}/.podbsd-large-messages`;
  await host.upload(join(ownPortsFolder, P9FS_PORT, 'files/large-messages'), script);
  try {
    await host.run(['sh', script, String(kib), `${source}/sys`]);
  } catch (error) {
    throw refusal(source, error) ?? error;
  } finally {
    await host.remove(script);
  }
}

function refusal(source: string, error: unknown): PodbsdError | undefined {
  if (!(error instanceof CommandError) || error.failure.exitCode !== NOT_AS_EXPECTED) return undefined;
  return new PodbsdError({
    doing: `making the 9P messages larger in ${source}`,
    problem: error.failure.stderr.trim(),
    remedy: 'set message_size = "stock" under [shares] in podbsd.toml: this FreeBSD is used as it is',
    exitCode: ExitCode.config,
    cause: error,
  });
}
