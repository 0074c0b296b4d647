import { own } from '../../freebsd/paths.ts';
import type { System } from '../../system/system.ts';
import type { Watch } from './watch.ts';

/** What the service of health checks watches, for `podbsd-agent status`. It is gone after a reboot. */
const file = 'health.json';

export interface WatchedContainer {
  readonly id: string;
  readonly name: string;
  /** Seconds from the end of a check to the next one. */
  readonly interval: number;
  /** `starting`, `healthy` or `unhealthy`, in podman's words. */
  readonly health: string;
  /** The startup check runs in place of the regular one. */
  readonly startup: boolean;
}

export interface HealthReport {
  /** The service's process. */
  readonly pid: number;
  readonly watched: readonly WatchedContainer[];
}

export function writeReport(
  system: System,
  pid: number,
  watches: readonly Watch[],
  folder: string = own.run,
): void {
  const watched = watches.map((watch): WatchedContainer => {
    const { id, name, health } = watch;
    return { id, name, interval: watch.interval / 1000, health, startup: watch.isStartingUp() };
  });
  const report: HealthReport = { pid, watched };
  if (system.lstat(folder) === undefined) system.makeDirectory(folder, 0o755);
  const place = `${folder}/${file}`;
  const staged = `${place}.new`;
  if (system.lstat(staged) !== undefined) system.remove(staged);
  system.writeNew(staged, `${JSON.stringify(report)}\n`, 0o644);
  system.rename(staged, place);
}

/** undefined: the service does not run. */
export function readReport(system: System): HealthReport | undefined {
  let report: unknown;
  try {
    report = JSON.parse(system.readText(`${own.run}/${file}`) ?? '');
  } catch {
    return undefined;
  }
  if (!isReport(report)) return undefined;
  const runs = system.run(['/bin/ps', '-o', 'command=', '-p', String(report.pid)]);
  return runs.code === 0 && runs.out.includes('podbsd-health') ? report : undefined;
}

function isReport(value: unknown): value is HealthReport {
  const { pid, watched } = (value ?? {}) as Partial<HealthReport>;
  return (
    typeof pid === 'number' && Number.isInteger(pid) && Array.isArray(watched) && watched.every(isWatched)
  );
}

function isWatched(value: unknown): boolean {
  const { id, name, interval, health, startup } = (value ?? {}) as Partial<WatchedContainer>;
  const texts = [id, name, health].every((field) => typeof field === 'string');
  return texts && typeof interval === 'number' && typeof startup === 'boolean';
}
