import { rm } from 'node:fs/promises';
import { ExitCode, PodbsdError } from '../../../ground/errors.ts';
import { exists } from '../../../ground/exists.ts';
import { readText } from '../../../ground/read-text.ts';
import { until } from '../../../ground/until.ts';
import { startInBackground } from '../../../host/background.ts';
import { lastLines } from '../../../host/command-error.ts';
import type { Argv } from '../../../host/host.ts';
import { findIn } from '../../../ground/find-program.ts';
import { gvproxyFolders } from '../../../podman/inspect.ts';
import { endProcess } from '../../processes.ts';
import type { Machine } from '../../record.ts';

/** Milliseconds until gvproxy must have opened its socket, generous for a busy host. */
const SOCKET_TIMEOUT = 20_000;

/** Homebrew's podman keeps its helpers here. */
const homebrewFolders = ['/opt/homebrew/opt/podman/libexec/podman', '/usr/local/opt/podman/libexec/podman'];

/** gvproxy gives a guest podman's usual network: published ports, host.containers.internal, the host's DNS. */
export function findGvproxy(env: NodeJS.ProcessEnv): string | undefined {
  const own = env['CONTAINERS_HELPER_BINARY_DIR'] ?? '';
  const path = (env['PATH'] ?? '').split(':');
  return findIn([own, ...gvproxyFolders, ...homebrewFolders, ...path], 'gvproxy');
}

/**
 * The command line with which podman 5 starts it, except that it does not forward the API socket: when no login works
 * within four minutes, gvproxy gives up for good, and port publishing stops with it. Emulated guests need longer.
 */
export function gvproxyArgv(program: string, { record, paths }: Machine): Argv {
  return [
    program,
    ...['-mtu', '1500', '-ssh-port', String(record.sshPort)],
    ...['-listen-qemu', `unix://${paths.networkSocket}`],
    ...['-pid-file', paths.gvproxyPid],
  ];
}

/** Starts it and waits until QEMU can connect. The socket is not tried: gvproxy takes the first caller for QEMU. */
export async function startGvproxy(program: string, machine: Machine): Promise<void> {
  const { paths } = machine;
  await stopGvproxy(machine);
  await rm(paths.networkSocket, { force: true });
  const background = await startInBackground(gvproxyArgv(program, machine), paths.gvproxyLog);
  const opened = await until(
    async () => ((await exists(paths.networkSocket)) ? true : background.hasEnded() ? false : undefined),
    { every: 50, within: SOCKET_TIMEOUT },
  );
  if (opened === true) return;
  const said = lastLines((await readText(paths.gvproxyLog)) ?? '', 5);
  await stopGvproxy(machine);
  throw new PodbsdError({
    doing: `starting gvproxy for ${machine.record.name}`,
    problem: said === '' ? 'it did not open its socket' : said,
    remedy: `podbsd machine set --network user ${machine.record.name} does without it`,
    exitCode: ExitCode.program,
  });
}

export async function stopGvproxy({ paths }: Machine): Promise<void> {
  await endProcess(paths.gvproxyPid, paths.gvproxyPid);
}
