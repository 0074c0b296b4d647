import { oneLine } from '../../log.ts';
import type { HealthReport } from './report.ts';

/** What the service of health checks does at the moment, one line each, for people. */
export function describeHealth(report: HealthReport | undefined): readonly string[] {
  if (report === undefined) return ['Health checks of containers do not run: service podbsd_health start'];
  const { watched } = report;
  if (watched.length === 0) return ['No container that runs has a health check.'];
  return watched.map(({ name, health, interval, startup }) => {
    const every = `every ${interval} s${startup ? ', startup check' : ''}`;
    return `Health of container ${oneLine(name)}: ${oneLine(health)}, checked ${every}.`;
  });
}
