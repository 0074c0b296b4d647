import { rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { ExitCode, PodbsdError } from '../ground/errors.ts';
import { requireAll } from '../ground/lack/lack.ts';
import { readText } from '../ground/read-text.ts';
import { replaceFile } from '../ground/replace-file.ts';
import { startInBackground } from '../host/background.ts';
import { lastLines } from '../host/command-error.ts';
import type { Argv } from '../host/host.ts';
import { freePort } from '../vm/free-port.ts';
import { QmpClient } from '../vm/qmp.ts';
import { stopForward } from './api-forward.ts';
import { machineIgnition } from './ignition.ts';
import { startLacks } from './lacks.ts';
import { endProcess } from './processes.ts';
import { providerOf } from './provider/providers.ts';
import { saveMachine, type Machine } from './record.ts';

/** Milliseconds until the machine's monitor must be open, generous for a busy host. */
const MONITOR_TIMEOUT = 60_000;

/** Starts what a machine needs, then the machine. If that fails, nothing is left of the attempt. */
export async function launch(stopped: Machine, env: NodeJS.ProcessEnv): Promise<Machine> {
  requireAll(`starting ${stopped.record.name}`, await startLacks(stopped, env));
  const provider = providerOf(stopped.record.provider);
  const machine = await withFreePort(stopped);
  const { paths } = machine;
  await stopForward(machine);
  const network = provider.network(machine, env);
  const publicKey = ((await readText(`${paths.identity}.pub`)) ?? '').trim();
  await replaceFile(paths.ignition, machineIgnition(machine, publicKey, network.kind), 0o600);
  for (const path of [paths.ready, paths.console]) await rm(path, { force: true });
  try {
    await bringUp(machine, await provider.prepare(machine, network, env));
    return machine;
  } catch (error) {
    await endProcess(paths.vmPid, paths.vmPid);
    await provider.cleanUp(machine);
    throw error;
  }
}

/** Starts the machine's process and waits for its monitor, or its end. */
async function bringUp(machine: Machine, argv: Argv): Promise<void> {
  const { paths } = machine;
  const over = new AbortController();
  try {
    const { exited } = await startInBackground(argv, paths.vmLog);
    const connecting = { timeoutMs: MONITOR_TIMEOUT, signal: over.signal };
    const monitor = QmpClient.connect(paths.qmpSocket, connecting).then((qmp) => qmp.close());
    monitor.catch(() => undefined);
    const ended = exited.then(async () => {
      throw await endedAtOnce(machine);
    });
    ended.catch(() => undefined);
    await Promise.race([monitor, ended]);
  } finally {
    over.abort();
  }
}

async function endedAtOnce({ record, paths }: Machine): Promise<PodbsdError> {
  const { title, needs } = providerOf(record.provider);
  const how = `podbsd machine start --dry-run ${record.name} shows how ${title} was started`;
  return new PodbsdError({
    doing: `starting ${record.name}`,
    problem: lastLines((await readText(paths.vmLog)) ?? '', 5) || `${title} ended without a message`,
    remedy: needs === undefined ? how : `${needs}; ${how}`,
    exitCode: ExitCode.program,
  });
}

/** The machine with a port that nobody else uses: its own where possible. */
async function withFreePort(machine: Machine): Promise<Machine> {
  if (await isFree(machine.record.sshPort)) return machine;
  return await saveMachine(machine, { sshPort: await freePort() });
}

async function isFree(port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
