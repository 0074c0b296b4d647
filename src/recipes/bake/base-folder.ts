import { dirname, join } from 'node:path';
import { hashFile } from '../../disk/hash.ts';
import { ExitCode, PodbsdError } from '../../ground/errors.ts';
import type { StageRun } from '../../pipeline/stage.ts';
import { findChecksum } from './base-checksum.ts';
import { CHECKSUMS, type PublishedImage } from './base-image.ts';
import type { BakeEnv } from './env.ts';

/**
 * The image in a folder that is used instead of the network: by its name, or where a copy of a mirror has it. It is
 * verified as a download is, and stays where it is.
 */
export async function imageOfFolder(
  { host }: Pick<BakeEnv, 'host'>,
  { name, path, sha256: known }: PublishedImage,
  directory: string,
  run: Pick<StageRun, 'say' | 'signal'>,
): Promise<string> {
  const places = [join(directory, name), join(directory, path)];
  // A plan for another machine assumes that it is there.
  if (!host.answers) return places[0] ?? name;
  const file = await firstThere(host, places);
  if (file === undefined)
    throw new PodbsdError({
      doing: `looking for the base image in ${directory}`,
      problem: `neither ${name} nor ${path} is there, and [download] directory says that the network is not used`,
      remedy: 'put the file there, or name another release with --release or [build] release',
      exitCode: ExitCode.data,
    });
  const list = join(dirname(file), CHECKSUMS);
  const text = known === undefined ? await host.readText(list) : undefined;
  const sha256 = known ?? (text === undefined ? undefined : findChecksum(text, name, list));
  if (sha256 === undefined) {
    run.say(
      `nothing says what the checksum of ${file} must be (no ${CHECKSUMS} beside it): it is used as it is`,
    );
    return file;
  }
  const found = await hashFile(file, { signal: run.signal });
  if (found.sha256 === sha256) return file;
  throw new PodbsdError({
    doing: `checking ${file}`,
    problem: `the SHA-256 checksum is ${found.sha256}, expected ${sha256}${known === undefined ? ` (${list})` : ''}`,
    remedy: 'copy the file again',
    exitCode: ExitCode.untrusted,
  });
}

async function firstThere(host: BakeEnv['host'], paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) if ((await host.stat(path)) !== undefined) return path;
  return undefined;
}
