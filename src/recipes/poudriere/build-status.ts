import type { Host } from '../../host/host.ts';

/**
 * How far a bulk build is, read from the flat files that Poudriere keeps in the build's log folder. These are the same
 * in 3.4 and in master, while the columns of `poudriere status -H` are not, and its JSON can be broken by a message.
 */
export interface BulkStatus {
  /** Poudriere's own word, e.g. `parallel_build:`, `stopped:done:`; empty before the first. */
  readonly phase: string;
  readonly queued: number;
  readonly built: number;
  readonly failed: number;
  readonly skipped: number;
  readonly ignored: number;
  readonly fetched: number;
  readonly inspected: number;
  /** What the builders do now. */
  readonly jobs: readonly BuilderJob[];
}

export interface BuilderJob {
  /** `01`, `02` ... */
  readonly id: string;
  /** e.g. `configure`, `build`, `stage`. */
  readonly phase: string;
  readonly origin: string;
  readonly package: string;
}

export interface FailedPort {
  readonly origin: string;
  readonly package: string;
  readonly phase: string;
  /** Poudriere's guess at the kind of failure, e.g. `clang11`, `fetch`; `???` when it has none. */
  readonly kind: string;
}

/** @param folder the build's log folder: `<data>/logs/bulk/<MASTERNAME>/<BUILDNAME>`. */
export async function readBulkStatus(host: Host, folder: string): Promise<BulkStatus> {
  const count = async (name: string): Promise<number> => (await readPorts(host, folder, name)).length;
  const phase = ((await host.readText(`${folder}/.poudriere.status`)) ?? '').trim();
  const [queued, built, failed, skipped, ignored, fetched, inspected] = await Promise.all(
    ['queued', 'built', 'failed', 'skipped', 'ignored', 'fetched', 'inspected'].map(count),
  );
  return {
    phase,
    queued: queued ?? 0,
    built: built ?? 0,
    failed: failed ?? 0,
    skipped: skipped ?? 0,
    ignored: ignored ?? 0,
    fetched: fetched ?? 0,
    inspected: inspected ?? 0,
    jobs: await readJobs(host, folder),
  };
}

/** Ports that are finished, whatever the result; the bar is full when this reaches `queued`. */
export function finished(status: BulkStatus): number {
  return status.built + status.failed + status.skipped + status.ignored + status.fetched + status.inspected;
}

/** The lines of one of the `.poudriere.ports.*` files, each port once, split at blanks. */
export async function readPorts(
  host: Host,
  folder: string,
  name: string,
): Promise<readonly (readonly string[])[]> {
  const text = (await host.readText(`${folder}/.poudriere.ports.${name}`)) ?? '';
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  // .skipped may name a port more than once.
  const unique = new Map(lines.map((line) => [line.split(/\s+/).slice(0, 2).join(' '), line.split(/\s+/)]));
  return [...unique.values()];
}

export async function readFailedPorts(host: Host, folder: string): Promise<readonly FailedPort[]> {
  const rows = await readPorts(host, folder, 'failed');
  // A crashed builder leaves four fields, without the time.
  return rows.map(([origin = '', name = '', phase = '', kind = '???']) => ({
    origin,
    package: name,
    phase,
    kind,
  }));
}

async function readJobs(host: Host, folder: string): Promise<readonly BuilderJob[]> {
  const names = (await host.list(folder)) ?? [];
  const jobs = names.flatMap((name) => /^\.poudriere\.status\.(\d+)$/.exec(name)?.[1] ?? []);
  const read = jobs.map(async (id) => {
    const text = ((await host.readText(`${folder}/.poudriere.status.${id}`)) ?? '').trim();
    // phase:origin@flavor:pkgname:start:phase-start
    const [phase = '', origin = '', name = ''] = text.split(':');
    return { id, phase, origin, package: name };
  });
  return (await Promise.all(read)).filter((job) => job.origin !== '' && job.phase !== 'done');
}
