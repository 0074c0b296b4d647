import { ask } from '../host/ask.ts';
import type { Build } from './build.ts';

/**
 * Bytes that a build really takes on its host, logs not included; undefined when nobody can be asked. du(1) counts holes
 * of sparse files as nothing.
 */
export async function spaceOf({
  host,
  directory,
}: Pick<Build, 'host' | 'directory'>): Promise<number | undefined> {
  if (host.answers && (await host.stat(directory)) === undefined) return 0;
  const kib = Number.parseInt((await ask(host, ['du', '-sk', directory])) ?? '', 10);
  return Number.isNaN(kib) ? undefined : kib * 1024;
}
