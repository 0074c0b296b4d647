import { basename, join } from 'node:path';
import { join as joinPosix } from 'node:path/posix';
import { ExitCode, PodbsdError } from '../../ground/errors.ts';
import type { Host } from '../../host/host.ts';
import { isoFolder, readStore } from '../release/store.ts';
import { versionOfIso } from '../release/iso-name.ts';
import type { Site } from '../site/site.ts';

/** The ISO image to boot: the one named, or the newest that `fetch` has downloaded. */
export async function chooseIso(host: Host, named: string | undefined): Promise<string> {
  if (named !== undefined) {
    versionOfIso(basename(named));
    return named;
  }
  const store = await readStore(host, isoFolder());
  if (store !== undefined) return join(isoFolder(), store.current);
  throw new PodbsdError({
    doing: 'choosing an ISO image',
    problem: `none has been downloaded to ${isoFolder()} yet`,
    remedy: 'podbsd alpine fetch, or name one with --iso',
    exitCode: ExitCode.usage,
  });
}

/** Copies an ISO image atomically into vm-bhyve's folder of images. Returns its path there. */
export async function placeIso(site: Site, vmDir: string, source: string): Promise<string> {
  const { host } = site;
  const target = joinPosix(vmDir, '.iso', basename(source));
  if (source === target) return target;
  const [there, here] = [await host.stat(target), await host.stat(source)];
  if (site.host.answers && here === undefined)
    throw new PodbsdError({
      doing: `copying the ISO image to ${target}`,
      problem: `there is no ${source}`,
      remedy: 'podbsd alpine fetch',
      exitCode: ExitCode.usage,
    });
  if (there !== undefined && there.size === here?.size && there.mtime === here.mtime) return target;
  await host.upload(source, `${target}.part`);
  await host.rename(`${target}.part`, target);
  return target;
}
