import { ExitCode, PodbsdError, errnoOf } from '../../ground/errors.ts';
import { CommandError } from '../../host/command-error.ts';
import type { Host } from '../../host/host.ts';
import { LocalHost } from '../../host/local.ts';
import type { AutostartService } from './service.ts';

/**
 * Writes the service's file and registers it with the system.
 * @param host this machine; in a dry run, something that only prints.
 */
export async function enableAutostart(
  service: AutostartService,
  host: Host = new LocalHost(),
): Promise<void> {
  try {
    await host.writeFile(service.path, service.content, { mode: service.mode });
  } catch (error) {
    if (errnoOf(error) !== 'EACCES' && errnoOf(error) !== 'EROFS') throw error;
    throw new PodbsdError({
      doing: `writing ${service.path}`,
      problem: 'this user may not write there',
      remedy:
        'the same command as root, but with your own home: sudo env HOME="$HOME" podbsd machine autostart ...; the machine will be started as you',
      exitCode: ExitCode.host,
      cause: error,
    });
  }
  for (const argv of service.enable) await host.run(argv);
}

/**
 * Removes the service, if podbsd has made it.
 * @returns false when there was none.
 */
export async function disableAutostart(
  service: AutostartService,
  host: Host = new LocalHost(),
): Promise<boolean> {
  const found = await host.readText(service.path);
  if (found?.includes('Made by podbsd machine autostart') !== true) return false;
  for (const argv of service.disable)
    await host.run(argv).catch((error: unknown) => {
      // Without a session of systemd or launchd nothing is registered; the file is removed all the same.
      if (!(error instanceof CommandError)) throw error;
    });
  await host.remove(service.path);
  return true;
}
