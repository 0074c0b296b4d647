import { log } from '../../log.ts';
import { own } from '../../freebsd/paths.ts';
import type { Events } from '../../system/events.ts';
import { messageOf, type System } from '../../system/system.ts';
import { writeReport } from './report.ts';
import { HealthService } from './service.ts';
import type { Watch } from './watch.ts';

export interface HealthPlaces {
  readonly podman: string;
  /** The folder of the report. */
  readonly run: string;
  readonly log: (message: string) => void;
}
/** Milliseconds. Many containers change at the same moment; one report tells of all. */
const gather = 500;

/** `podbsd-health`, the program of the rc script podbsd_health: runs until it is asked to end. */
export async function health(
  system: System,
  events: Events,
  places: HealthPlaces = {
    podman: '/usr/local/bin/podman',
    run: own.run,
    log: (message) => log(system, `health checks: ${message}`),
  },
): Promise<number> {
  let watches: readonly Watch[] = [];
  let due = false;
  const write = (): void => {
    due = false;
    try {
      writeReport(system, events.pid, watches, places.run);
    } catch (error) {
      places.log(`the report could not be written: ${messageOf(error)}`);
    }
  };
  const service = new HealthService({
    events,
    podman: places.podman,
    log: places.log,
    changed: (watched) => {
      watches = watched;
      if (!due) events.after(gather, write);
      due = true;
    },
  });
  write();
  return await new Promise((resolve) => {
    events.onTerminate(() => {
      service.stop();
      resolve(0);
    });
    service.start();
  });
}
