import { apiSocket, isWithin, tmpfilesDocker } from '../freebsd/paths.ts';
import type { EnsureApiPath } from '../plan/steps.ts';
import { rootOwned, type Context } from './context.ts';
import { ensureDirectory, ensureSymlink } from './place.ts';

const dockerSocket = '/var/run/docker.sock';

/** The rootless path of podman's clients: another way to the one socket, for the machine's user only. */
export function applyApiPath(context: Context, step: EnsureApiPath): void {
  const account = context.account(step.user);
  if (account === undefined) throw new Error(`there is no user ${step.user}`);
  const owner = { uid: account.uid, gid: account.gid };
  const folder = `/var/run/user/${account.uid}`;
  ensureDirectory(context, '/var/run/user', 0o755, rootOwned);
  ensureDirectory(context, folder, 0o700, owner);
  ensureDirectory(context, `${folder}/podman`, 0o700, owner);
  ensureSymlink(context, `${folder}/podman/podman.sock`, apiSocket, owner);
}

/**
 * `L+ /run/docker.sock - - - - TARGET`, written by the config or by `machine set --rootful` over SSH. Both targets that
 * podman knows, the rootful and the rootless one, are the same socket here.
 */
export function applyDockerSocket(context: Context): void {
  const text = context.system.readText(tmpfilesDocker);
  const line = text?.split('\n').find((candidate) => /^L\+?\s+\/run\/docker\.sock\s/.test(candidate));
  if (line === undefined) return;
  const target = line.trim().split(/\s+/).at(-1) ?? '';
  if (/^(?:\/var)?\/run\/(?:user\/\d+\/)?podman\/podman\.sock$/.test(target)) {
    ensureSymlink(context, dockerSocket, apiSocket, rootOwned);
    return;
  }
  const isPlain = !target.includes('/../') && (isWithin(target, '/run') || isWithin(target, '/var/run'));
  if (!isPlain) throw new Error(`${tmpfilesDocker} names ${target}, which is not below /run`);
  ensureSymlink(context, dockerSocket, target.replace(/^\/run\//, '/var/run/'), rootOwned);
}
