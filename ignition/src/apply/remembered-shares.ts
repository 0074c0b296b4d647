import { plainPath } from '../config/path.ts';
import { own } from '../freebsd/paths.ts';
import { rootOwned, type Context } from './context.ts';
import { ensureDirectory, ensureFile } from './place.ts';
import type { Share } from './shares.ts';

/**
 * podman 4.3 to 5.8 mounts shares over SSH, after each start of the machine. When the guest is restarted from inside,
 * nobody comes to mount them: so they are remembered.
 */
export function rememberedShares(context: Context): Share[] {
  try {
    const value: unknown = JSON.parse(context.system.readText(own.shares) ?? '[]');
    return Array.isArray(value) ? value.filter(isShare) : [];
  } catch {
    return [];
  }
}

/** Takes the place of what was remembered for the same tag or the same folder. */
export function rememberShare(context: Context, share: Share): void {
  const others = rememberedShares(context).filter(
    (other) => other.tag !== share.tag && other.target !== share.target,
  );
  const content = `${JSON.stringify([...others, share], undefined, 1)}\n`;
  ensureDirectory(context, own.database, 0o755, rootOwned);
  ensureFile(context, { path: own.shares, content, mode: 0o644, owner: rootOwned });
}

function isShare(value: unknown): value is Share {
  if (typeof value !== 'object' || value === null) return false;
  const { tag, target, readOnly } = value as Partial<Share>;
  return (
    typeof tag === 'string' &&
    typeof target === 'string' &&
    plainPath(target) === target &&
    typeof readOnly === 'boolean'
  );
}
