import { join } from 'node:path';
import { largeMessages } from '../shared/message-size.ts';
import type { PoudriereEnv } from './env.ts';
import type { Jail } from './jail.ts';
import type { Source } from './source.ts';
import { ownPortsFolder } from '../shared/own-ports.ts';
import { absent, p9fsSources } from '../shared/p9fs.ts';
import { portRevision } from './port-revision.ts';
import { hashTree } from '../shared/tree-hash.ts';

/** FreeBSD's p9fs and its transport as modules with larger messages, built from the source of the base. */
const P9FS_PORT = 'sysutils/podbsd-p9fs-kmod';

/**
 * Sets up the port in the overlay tree, for the base in the jail.
 * @returns what is to be added to the list of packages: the port, or nothing when the messages stay as they are.
 */
export async function stageP9fsPort(
  env: Pick<PoudriereEnv, 'config' | 'host' | 'paths'>,
  { jail: { mount, version }, source }: { readonly jail: Jail; readonly source: Source | undefined },
): Promise<readonly string[]> {
  const { host, paths } = env;
  const kib = largeMessages(env.config.shares);
  if (kib === undefined) return [];
  // Asked only where a base without p9fs is allowed: elsewhere the check of the jail has refused it.
  if (env.config.build.allow_missing_p9fs && (await absent(host, `${mount}/usr/src`, p9fsSources)).length > 0)
    return [];
  // The modules are for exactly one kernel, so another base makes another package.
  const madeFrom = [version, source ?? {}, await hashTree(join(ownPortsFolder, P9FS_PORT))];
  await host.writeFile(
    `${paths.overlayPorts}/${P9FS_PORT}/Makefile.local`,
    `P9FS_MESSAGE_KIB=\t${kib}\n${portRevision(madeFrom)}`,
  );
  return [P9FS_PORT];
}
