import { rootOwned, type Context } from '../apply/context.ts';
import { ensureDirectory, ensureFile } from '../apply/place.ts';
import { log } from '../log.ts';
import { own } from '../freebsd/paths.ts';
import type { System } from '../system/system.ts';

const noticeGiven = `${own.run}/no-shares-notice`;

/** To the user of podman, who is shown what its commands over SSH write there, and to the log. */
export function say(system: System, message: string): void {
  system.err(`podbsd: ${message}\n`);
  log(system, message);
}

/** One notice for all shares of a boot. */
export function sayNoShares(context: Context, reason: string): void {
  const { system } = context;
  if (system.lstat(noticeGiven) !== undefined) return;
  say(system, `folders of the host are not shared with this machine: ${reason}`);
  ensureDirectory(context, own.run, 0o755, rootOwned);
  ensureFile(context, { path: noticeGiven, content: '', mode: 0o644, owner: rootOwned });
}
