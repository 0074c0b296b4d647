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
  /** Called every few seconds: keeps other processes alive. Answers what was done. */
  readonly lookAfter?: () => readonly string[];
}

/** Milliseconds. Many containers change at the same moment; one report tells of all. */
const gather = 500;
/** Milliseconds. */
const lookEvery = 10_000;

/** Where the guest has it. */
export function guestHealthPlaces(system: System): HealthPlaces {
  return {
    podman: '/usr/local/bin/podman',
    run: own.run,
    log: (message) => log(system, `health checks: ${message}`),
  };
}

/** `podbsd-health`, the program of the rc script podbsd_health: runs until it is asked to end. */
export async function health(system: System, events: Events, places: HealthPlaces): Promise<number> {
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
    lookAfter(events, places);
  });
}

function lookAfter(events: Events, places: HealthPlaces): void {
  if (places.lookAfter === undefined) return;
  events.after(lookEvery, () => {
    for (const line of places.lookAfter?.() ?? []) places.log(line);
    lookAfter(events, places);
  });
}
