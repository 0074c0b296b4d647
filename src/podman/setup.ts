import { dirname, join } from 'node:path';
import { ExitCode, PodbsdError } from '../ground/errors.ts';
import type { Host } from '../host/host.ts';
import { dropInForm, dropInMark, dropInText } from './drop-in.ts';
import { findIn } from '../ground/find-program.ts';
import type { Inspection } from './inspect.ts';
import { make, stands, type Item } from './item.ts';
import { standInsOf } from './stand-ins-of.ts';
import { setupPaths, type UserFolders } from './user-folders.ts';

/** Folders that were not there before, so that undoing can remove them again; kept in helpers/lib. */
const MADE_FOLDERS = 'made-folders.json';

/**
 * Makes the helpers and then, last, the drop-in that points podman to them, so that an interrupted run changes nothing
 * for podman. Nothing but podbsd's own files is written.
 *
 * @returns the paths that were made or changed; none when everything was there already.
 */
export async function setUp(host: Host, folders: UserFolders, found: Inspection): Promise<string[]> {
  const paths = setupPaths(folders);
  await refuseForeignDropIn(host, paths.dropIn);
  const changed = await pending(host, folders, found);
  if (changed.length === 0) return [];

  const record = join(paths.lib, MADE_FOLDERS);
  const before = readList(await host.readText(record));
  const made = await absentFolders(host, [dirname(paths.dropIn), dirname(paths.helpers)]);
  await host.mkdir(paths.lib, { mode: 0o700 });
  await host.writeFile(record, `${JSON.stringify([...new Set([...before, ...made])], undefined, 2)}\n`);
  for (const item of changed) await make(host, item);
  return changed.map(({ path }) => path);
}

/** The files that are missing, or differ from what the helpers and podman's configuration need now. */
export async function outdated(host: Host, folders: UserFolders, found: Inspection): Promise<string[]> {
  const { lib } = setupPaths(folders);
  // The helpers run with the node of another podbsd as well.
  const nodeWorks = findIn([lib], 'node') !== undefined;
  return (await pending(host, folders, found))
    .map(({ path }) => path)
    .filter((path) => !(nodeWorks && path === join(lib, 'node')));
}

/** Removes everything that setUp made, and nothing else. Returns what was removed. */
export async function undo(host: Host, folders: UserFolders): Promise<string[]> {
  const paths = setupPaths(folders);
  const made = readList(await host.readText(join(paths.lib, MADE_FOLDERS)));
  const removed: string[] = [];
  // The drop-in first, so that podman no longer uses the helpers.
  const dropIn = await host.readText(paths.dropIn);
  const own = dropIn?.startsWith(dropInMark) === true ? [paths.dropIn] : [];
  for (const path of [...own, paths.helpers, paths.console]) {
    if ((await host.stat(path)) === undefined) continue;
    await host.remove(path);
    removed.push(path);
  }
  // Innermost first; a folder that others have used since stays.
  for (const folder of [...made].sort((a, b) => b.length - a.length)) {
    if ((await host.list(folder))?.length === 0) await host.run(['rmdir', folder]);
  }
  return removed;
}

async function plan(folders: UserFolders, found: Inspection): Promise<Item[]> {
  const paths = setupPaths(folders);
  const items = (await standInsOf(found.system)?.items(paths, found)) ?? [];
  const form = dropInForm(found.podman?.version);
  const text = dropInText(form, paths.helpers, found.engine.folders);
  return [...items, { path: paths.dropIn, content: text, mode: 0o644 }];
}

async function pending(host: Host, folders: UserFolders, found: Inspection): Promise<Item[]> {
  const items: Item[] = [];
  for (const item of await plan(folders, found)) if (!(await stands(host, item))) items.push(item);
  return items;
}

async function refuseForeignDropIn(host: Host, path: string): Promise<void> {
  const text = await host.readText(path);
  if (text === undefined || text.startsWith(dropInMark)) return;
  throw new PodbsdError({
    doing: 'writing the drop-in for podman',
    problem: `${path} is there already and was not made by podbsd`,
    remedy: 'move it to another name in the same folder',
    exitCode: ExitCode.host,
  });
}

/** The folders and their parents that do not exist yet. */
async function absentFolders(host: Host, folders: readonly string[]): Promise<string[]> {
  const absent: string[] = [];
  for (const start of folders) {
    for (let folder = start; (await host.stat(folder)) === undefined; folder = dirname(folder))
      absent.push(folder);
  }
  return absent;
}

function readList(json: string | undefined): string[] {
  return json === undefined ? [] : (JSON.parse(json) as string[]);
}
