import { installedGuest, type InstalledGuest } from '../../alpine/guest/installed.ts';
import { checkGuestName } from '../../alpine/identity.ts';
import { openSite, type Site } from '../../alpine/site/site.ts';
import { LocalHost } from '../../host/local.ts';
import type { Terminal } from '../../ground/terminal.ts';

export interface OpenOptions {
  readonly dryRun?: boolean | undefined;
  /** Whether the command needs root; default true. */
  readonly root?: boolean;
  /** What is being done, for errors. */
  readonly doing: string;
}

/** The FreeBSD host that this command works on; in a dry run one that prints. */
export async function open(terminal: Terminal, options: OpenOptions): Promise<Site> {
  const print = (line: string): void => terminal.out(line);
  return await openSite(new LocalHost(), {
    root: options.root ?? true,
    doing: options.doing,
    ...(options.dryRun === true ? { print } : {}),
  });
}

/** The guest of a name on that host. */
export async function openGuest(
  terminal: Terminal,
  name: string,
  options: OpenOptions,
): Promise<InstalledGuest> {
  checkGuestName(name);
  return await installedGuest(await open(terminal, options), name);
}
