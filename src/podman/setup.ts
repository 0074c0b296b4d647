import { dirname, join } from 'node:path';
import { ExitCode, PodbsdError } from '../ground/errors.ts';
import type { Host } from '../host/host.ts';
import { dropInMark, dropInText } from './containers-conf.ts';
import { helperProgram, helperScript } from '../bundles/helpers.ts';
import { findIn } from './find-program.ts';
import { HELPER_FOLDERS, folderListText } from './linux/helper-folders.ts';
import { KVM_VERDICT, type KvmVerdict } from './linux/kvm.ts';
import type { Inspection } from './inspect.ts';
import { setupPaths, type UserFolders } from './user-folders.ts';

/** A file or symbolic link that setup-podman makes. */
type Item =
  | { readonly path: string; readonly content: string; readonly mode: number }
  | { readonly path: string; readonly target: string };

/** Folders that were not there before, so that undoing can remove them again; kept in helpers/lib. */
const MADE_FOLDERS = 'made-folders.json';

/**
 * Makes the helpers and then, last, the drop-in that leads podman to them, so that a run that is cut off changes
 * nothing for podman. Nothing but podbsd's own files is written.
 *
 * @returns the paths that were made or changed; none when everything stood already.
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

/** The files that are missing, or other than the helpers and podman's configuration need them now. */
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
  // First podman forgets the helpers, then they go.
  const dropIn = await host.readText(paths.dropIn);
  const own = dropIn?.startsWith(dropInMark) === true ? [paths.dropIn] : [];
  for (const path of [...own, paths.helpers, paths.console]) {
    if ((await host.stat(path)) === undefined) continue;
    await host.remove(path);
    removed.push(path);
  }
  // The innermost first; a folder that others have used since stays.
  for (const folder of [...made].sort((a, b) => b.length - a.length)) {
    if ((await host.list(folder))?.length === 0) await host.run(['rmdir', folder]);
  }
  return removed;
}

async function plan(folders: UserFolders, found: Inspection): Promise<Item[]> {
  const { dropIn, helpers, lib } = setupPaths(folders);
  const qemu = await helperScript('qemu-system');
  const searched = found.helperFolders.folders.filter((folder) => folder !== helpers);
  const verdict: KvmVerdict = found.kvmBroken ? 'broken' : 'not known to be broken';
  const { gvproxy } = found;
  // podman does not look for gvproxy in PATH.
  const linkGvproxy = gvproxy !== undefined && !searched.includes(dirname(gvproxy));
  return [
    { path: join(lib, 'podman-helper.mjs'), content: await helperProgram(), mode: 0o644 },
    { path: join(lib, KVM_VERDICT), content: `${verdict}\n`, mode: 0o644 },
    { path: join(lib, HELPER_FOLDERS), content: folderListText(searched), mode: 0o644 },
    { path: join(lib, 'node'), target: process.execPath },
    { path: join(helpers, 'qemu-system-x86_64'), content: qemu, mode: 0o755 },
    { path: join(helpers, 'qemu-system-aarch64'), content: qemu, mode: 0o755 },
    { path: join(helpers, 'virtiofsd'), content: await helperScript('virtiofsd'), mode: 0o755 },
    ...(linkGvproxy ? [{ path: join(helpers, 'gvproxy'), target: gvproxy }] : []),
    {
      path: dropIn,
      content: dropInText([...new Set([helpers, ...searched])], found.helperFolders.appending),
      mode: 0o644,
    },
  ];
}

async function pending(host: Host, folders: UserFolders, found: Inspection): Promise<Item[]> {
  const items: Item[] = [];
  for (const item of await plan(folders, found)) if (!(await stands(host, item))) items.push(item);
  return items;
}

async function stands(host: Host, item: Item): Promise<boolean> {
  if ('target' in item) {
    const there = await host.stat(item.path);
    if (there?.type !== 'symlink') return false;
    return (
      (await host.run(['readlink', item.path], { readOnly: true })).stdout.replace(/\n$/, '') === item.target
    );
  }
  return (
    (await host.readText(item.path)) === item.content && (await host.stat(item.path))?.mode === item.mode
  );
}

async function make(host: Host, item: Item): Promise<void> {
  if ('target' in item) await host.run(['ln', '-sfn', '--', item.target, item.path]);
  else await host.writeFile(item.path, item.content, { mode: item.mode });
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
