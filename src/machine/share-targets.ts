import { isWithin } from '../../ignition/src/freebsd/paths.ts';
import { isSystemFolder } from '../../ignition/src/freebsd/share-targets.ts';

/**
 * Why the guest cannot show a folder there; undefined when it can. The table is the guest's own.
 * @param target absolute and normal.
 * @param user the machine's user: covering a home would hide the key that podbsd logs in with.
 */
export function whyNoTarget(target: string, user: string): string | undefined {
  if (isSystemFolder(target)) return `${target} is part of the guest's own system`;
  const homes = ['/root', `/home/${user}`];
  return homes.some((home) => isWithin(home, target) || isWithin(target, `${home}/.ssh`))
    ? `${target} holds the keys that podbsd and podman log in with`
    : undefined;
}
