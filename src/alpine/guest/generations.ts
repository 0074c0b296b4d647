import { readFile } from 'node:fs/promises';
import { join } from 'node:path/posix';
import { ExitCode, PodbsdError } from '../../ground/errors.ts';
import type { InstalledGuest } from './installed.ts';

/** An earlier overlay of a guest: `20261122T171500Z` in `generations/20261122T171500Z.apkovl.tar.gz`. */
const FILE = /^(\d{8}T\d{6}Z(?:-\d+)?)\.apkovl\.tar\.gz$/;

/** How many are kept; the oldest are removed first. */
const KEEP = 10;

/** The generations of a guest, newest first. */
export async function listGenerations({ site, paths }: InstalledGuest): Promise<string[]> {
  const names = (await site.host.list(paths.generations)) ?? [];
  return names
    .map((name) => FILE.exec(name)?.[1])
    .filter((id) => id !== undefined)
    .sort()
    .reverse();
}

export async function readGeneration({ site, paths, guest }: InstalledGuest, id: string): Promise<Buffer> {
  const file = join(paths.generations, `${id}.apkovl.tar.gz`);
  if (!FILE.test(`${id}.apkovl.tar.gz`) || (await site.host.stat(file)) === undefined)
    throw new PodbsdError({
      doing: `reading the generation ${id} of ${guest.name}`,
      problem: 'there is no such generation',
      remedy: `podbsd alpine rollback ${guest.name} --list`,
      exitCode: ExitCode.usage,
    });
  // Not through the host: a site is always this machine, and a dry run copies nothing.
  return await readFile(file);
}

/** Keeps an overlay unless the newest generation is the same. Returns its id. */
export async function keepGeneration(
  installed: InstalledGuest,
  overlay: Uint8Array,
  now: Date,
): Promise<string> {
  const { site, paths } = installed;
  const known = await listGenerations(installed);
  const [newest] = known;
  if (newest !== undefined && Buffer.compare(await readGeneration(installed, newest), overlay) === 0)
    return newest;
  const id = unusedId(now, known);
  await site.host.writeFile(join(paths.generations, `${id}.apkovl.tar.gz`), overlay, { mode: 0o600 });
  for (const old of known.slice(KEEP - 1))
    await site.host.remove(join(paths.generations, `${old}.apkovl.tar.gz`));
  return id;
}

function unusedId(now: Date, known: readonly string[]): string {
  const id = now.toISOString().replace(/[-:]|\.\d+/g, '');
  if (!known.includes(id)) return id;
  for (let count = 1; ; count++) if (!known.includes(`${id}-${count}`)) return `${id}-${count}`;
}

/** Base64 text of an archive, as a guest sends it over a connection for text. */
export function decodeArchive(base64: string): Buffer {
  return Buffer.from(base64.replace(/\s+/g, ''), 'base64');
}
