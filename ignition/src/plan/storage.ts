import type { Directory, File, Link, Node, Placed, Storage } from '../config/types.ts';
import { furniture } from '../freebsd/furniture.ts';
import { markerPaths, pathOnFreebsd, tmpfilesDocker } from '../freebsd/paths.ts';
import { zoneOfTarget } from '../freebsd/zone.ts';
import type { EnsureDirectory, EnsureFile, Refusal, Skipped, Step } from './steps.ts';

/** Directories from the top down, then files, then links: each may need the one before. */
export function planStorage(storage: Storage, skipped: Skipped[]): Step[] {
  const directories = storage.directories.flatMap((directory) => directoryStep(directory, skipped));
  const files = storage.files.flatMap((file) => fileStep(file, skipped));
  const links = storage.links.flatMap((link) => linkStep(link, skipped));
  const depth = (path: string): number => path.split('/').length;
  return [
    ...directories.sort((first, second) => depth(first.path) - depth(second.path)),
    ...markers(storage.files),
    ...files,
    ...links,
    { kind: 'docker-socket', optional: true },
  ];
}

function directoryStep(directory: Placed<Directory>, skipped: Skipped[]): EnsureDirectory[] {
  if (isFurniture(directory, skipped)) return [];
  const mode = directory.mode === undefined ? {} : { mode: directory.mode };
  return [{ kind: 'directory', ...place(directory), ...mode }];
}

function fileStep(file: Placed<File>, skipped: Skipped[]): (EnsureFile | Refusal)[] {
  if ((markerPaths as readonly string[]).includes(file.path)) return [];
  const isDockerLink = file.path === tmpfilesDocker;
  if (!isDockerLink && isFurniture(file, skipped)) return [];
  const remote = [file.contents, ...file.append].find(
    (resource) => resource?.source?.startsWith('data:') === false,
  );
  if (remote?.source !== undefined) {
    const scheme = /^[a-z0-9+.-]*:/i.exec(remote.source)?.[0] ?? 'no scheme';
    const reason = `contents are not fetched from elsewhere (${scheme}): give them as a data: URL`;
    return [{ kind: 'refusal', pointer: file.pointer, what: file.path, reason }];
  }
  const mode = file.mode === undefined ? {} : { mode: file.mode };
  const contents = file.contents?.source === undefined ? {} : { contents: file.contents };
  const step: EnsureFile = { kind: 'file', ...place(file), append: file.append, ...mode, ...contents };
  return [isDockerLink ? { ...step, onlyIfAbsent: true } : step];
}

/** Both marker files, whatever the config has: podman in the guest reads one or the other, by its version. */
function markers(files: readonly Placed<File>[]): EnsureFile[] {
  const given = markerPaths.map((path) => files.find((file) => file.path === path)?.contents);
  const contents = given.find((resource) => resource?.source?.startsWith('data:')) ?? {
    source: 'data:,qemu%0A',
  };
  return markerPaths.map((path) => {
    const asked = files.find((file) => file.path === path);
    const pointer = asked === undefined ? {} : { pointer: asked.pointer };
    return {
      kind: 'file',
      path,
      mode: 0o644,
      user: 'root',
      group: undefined,
      contents,
      append: [],
      ...pointer,
    };
  });
}

function linkStep(link: Placed<Link>, skipped: Skipped[]): Step[] {
  if (link.path === '/etc/localtime') {
    const zone = zoneOfTarget(link.target);
    if (zone !== undefined) return [{ kind: 'timezone', zone, pointer: link.pointer, optional: true }];
    const reason = `${JSON.stringify(link.target)} is not a time zone below /usr/share/zoneinfo`;
    return [{ kind: 'refusal', pointer: link.pointer, what: link.path, reason, optional: true }];
  }
  if (isFurniture(link, skipped)) return [];
  const target = pathOnFreebsd(link.target);
  const step = { kind: 'link', ...place(link), target, hard: link.hard } as const;
  return [link.path === '/usr/local/bin/docker' ? { ...step, onlyOverLinks: true, optional: true } : step];
}

function isFurniture(node: Placed<Node>, skipped: Skipped[]): boolean {
  const reason = furniture(node.path) ?? replaced(node);
  if (reason !== undefined) skipped.push({ pointer: node.pointer, what: node.path, reason });
  return reason !== undefined;
}

/** podman 4.x's way to say what the marker file says: it would replace the image's own containers.conf. */
function replaced(node: Placed<Node> & Partial<File>): string | undefined {
  if (node.path !== '/etc/containers/containers.conf') return undefined;
  const source = node.contents?.source;
  return source === 'data:,%5Bengine%5D%0Amachine_enabled=true%0A'
    ? 'the marker file /etc/containers/podman-machine says the same'
    : undefined;
}

function place(node: Placed<Node>) {
  return { pointer: node.pointer, path: pathOnFreebsd(node.path), user: node.user, group: node.group };
}
