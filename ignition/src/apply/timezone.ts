import { zoneinfo } from '../freebsd/zone.ts';
import type { EnsureTimeZone } from '../plan/steps.ts';
import { rootOwned, type Context } from './context.ts';
import { ensureFile, ensureSymlink, safePath } from './place.ts';

/** The link, and the name where tzsetup(8) looks for it when zones are updated. */
export function applyTimeZone(context: Context, step: EnsureTimeZone): void {
  const path = `${zoneinfo}/${step.zone}`;
  if (context.system.lstat(zoneinfo) === undefined || !isZone(context, path)) {
    throw new Error(`there is no time zone ${step.zone} in ${zoneinfo}; the time zone stays as it is`);
  }
  ensureSymlink(context, '/etc/localtime', path, rootOwned);
  ensureFile(context, { path: '/var/db/zoneinfo', content: `${step.zone}\n`, mode: 0o644, owner: rootOwned });
}

/** Some zones are symbolic links to others. */
function isZone(context: Context, path: string): boolean {
  const type = context.system.lstat(path)?.type;
  if (type === 'symlink') return context.system.readText(safePath(context, path, rootOwned)) !== undefined;
  return type === 'file';
}
