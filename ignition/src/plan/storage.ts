import type { Directory, File, Link, Node, Placed, Storage } from '../config/types.ts';
import { furniture } from '../freebsd/furniture.ts';
import { markerPaths, pathOnFreebsd, tmpfilesDocker } from '../freebsd/paths.ts';
import { zoneOfTarget } from '../freebsd/zone.ts';
import { messageOf } from '../system/system.ts';
import type { Facts } from './facts.ts';
import { doing, joined, skipping } from './parts.ts';
import { planSpecialFile, whyNoResolver } from './special-files.ts';
import type { EnsureFile, Plan, Step } from './steps.ts';

/** Directories from the top down, then files, then links: each may need the one before. */
export function planStorage(storage: Storage, facts: Facts): Plan {
  const directories = joined(...storage.directories.map(planDirectory));
  return joined(
    { ...directories, steps: directories.steps.toSorted((first, second) => depth(first) - depth(second)) },
    doing(...markers(storage.files)),
    ...sshdFirst(storage.files).map((file) => planFile(file, facts)),
    ...storage.links.map((link) => planLink(link, storage)),
    doing({ kind: 'docker-socket', optional: true }),
  );
}

/** Files in sshd_config.d have it read their folder: they come after it. */
function sshdFirst(files: readonly Placed<File>[]): readonly Placed<File>[] {
  const isMain = ({ path }: File): boolean => path === '/etc/ssh/sshd_config';
  return [...files.filter(isMain), ...files.filter((file) => !isMain(file))];
}

function depth(step: Step): number {
  return step.kind === 'directory' ? step.path.split('/').length : 0;
}

function planDirectory(directory: Placed<Directory>): Plan {
  const mode = directory.mode === undefined ? {} : { mode: directory.mode };
  return unlessFurniture(directory) ?? doing({ kind: 'directory', ...place(directory), ...mode });
}

function planFile(file: Placed<File>, facts: Facts): Plan {
  const reason = whyNoContents(file, facts);
  if (reason !== undefined) return doing({ kind: 'refusal', pointer: file.pointer, what: file.path, reason });
  if ((markerPaths as readonly string[]).includes(file.path)) return joined();
  const isDockerLink = file.path === tmpfilesDocker;
  const special = isDockerLink ? undefined : (unlessFurniture(file) ?? planSpecialFile(file, facts));
  if (special !== undefined) return special;
  const mode = file.mode === undefined ? {} : { mode: file.mode };
  const contents = file.contents?.source === undefined ? {} : { contents: file.contents };
  const step: EnsureFile = { kind: 'file', ...place(file), append: file.append, ...mode, ...contents };
  return doing(isDockerLink ? { ...step, onlyIfAbsent: true } : step);
}

function whyNoContents(file: File, facts: Facts): string | undefined {
  try {
    for (const resource of [file.contents, ...file.append])
      if (resource !== undefined) facts.contents(resource);
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
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

function planLink(link: Placed<Link>, storage: Storage): Plan {
  if (link.path === '/etc/localtime') {
    const zone = zoneOfTarget(link.target);
    if (zone !== undefined) return doing({ kind: 'timezone', zone, pointer: link.pointer, optional: true });
    const reason = `${JSON.stringify(link.target)} is not a time zone below /usr/share/zoneinfo`;
    return doing({ kind: 'refusal', pointer: link.pointer, what: link.path, reason, optional: true });
  }
  const skipped = unlessFurniture(link);
  if (skipped !== undefined) return skipped;
  if (link.path === '/etc/resolv.conf') {
    const reason = whyNoResolver(
      link.target,
      storage.files.map((file) => file.path),
    );
    if (reason !== undefined) return skipping({ pointer: link.pointer, what: link.path, reason });
  }
  const target = pathOnFreebsd(link.target);
  const step = { kind: 'link', ...place(link), target, hard: link.hard } as const;
  const isDocker = link.path === '/usr/local/bin/docker';
  return doing(isDocker ? { ...step, onlyOverLinks: true, optional: true } : step);
}

/** The plan for what has no meaning here: to skip it. Undefined for everything else. */
function unlessFurniture(node: Placed<Node>): Plan | undefined {
  const reason = furniture(node.path) ?? replaced(node);
  return reason === undefined ? undefined : skipping({ pointer: node.pointer, what: node.path, reason });
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
