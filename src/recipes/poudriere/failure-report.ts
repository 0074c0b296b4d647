import { ExitCode, PodbsdError } from '../../ground/errors.ts';
import { lastLines } from '../../host/command-error.ts';
import type { Host } from '../../host/host.ts';
import { readFailedPorts, readPorts, type FailedPort } from './build-status.ts';

const SHOWN_LINES = 40;

/**
 * What a user needs when ports failed: for the first one the phase, the end of its log and where the whole log is; for
 * all others one line. Undefined when nothing failed.
 * @param folder the build's log folder.
 */
export async function portFailure(host: Host, folder: string): Promise<PodbsdError | undefined> {
  const failed = await readFailedPorts(host, folder);
  const skipped = await readPorts(host, folder, 'skipped');
  const [first, ...others] = failed;
  if (first === undefined) return await ignoredFailure(host, folder, skipped);
  const logFile = `${folder}/logs/errors/${first.package}.log`;
  const log = lastLines((await host.readText(logFile)) ?? '(no log was written)', SHOWN_LINES);
  const parts = [
    `${describe(first)}. The last ${SHOWN_LINES} lines of its log:`,
    ...log.split('\n').map((line) => `  | ${line}`),
    `whole log: ${host.name}:${logFile}`,
    ...others.map((port) => `also ${describe(port)}, log ${folder}/logs/errors/${port.package}.log`),
    ...(skipped.length === 0
      ? []
      : [`not tried because of that: ${skipped.map(([origin = '']) => origin).join(' ')}`]),
  ];
  return new PodbsdError({
    doing: `building ${failed.length === 1 ? 'a port' : `${failed.length} ports`}`,
    problem: parts.join('\n'),
    remedy:
      'all other packages are kept; when the cause was temporary (a download), run the same command again, otherwise choose another [build.ports] commit or branch',
    exitCode: ExitCode.portFailed,
  });
}

/** Nothing failed, but ports were not tried: they need one that its own Makefile, or Poudriere, rules out. */
async function ignoredFailure(
  host: Host,
  folder: string,
  skipped: readonly (readonly string[])[],
): Promise<PodbsdError | undefined> {
  if (skipped.length === 0) return undefined;
  const ignored = await readPorts(host, folder, 'ignored');
  return new PodbsdError({
    doing: `building ${skipped.length === 1 ? 'a port' : `${skipped.length} ports`}`,
    problem: [
      ...skipped.map(([origin = '', , culprit = '']) => `${origin} was not tried: it needs ${culprit}`),
      ...ignored.map(([origin = '', , ...reason]) => `${origin} is ignored: ${reason.join(' ')}`),
    ].join('\n'),
    remedy: 'remove these ports from [build] packages, or choose another [build.ports] commit or branch',
    exitCode: ExitCode.portFailed,
  });
}

function describe(port: FailedPort): string {
  return `${port.origin} (${port.package}) failed in phase ${port.phase} (${port.kind})`;
}
