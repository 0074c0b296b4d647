import { createServer } from 'node:net';
import { ExitCode, PodbsdError } from '../ground/errors.ts';
import { startInBackground } from '../host/background.ts';
import { failedBy, lastLines } from '../host/command-error.ts';
import type { Argv, Host } from '../host/host.ts';
import { SshHost } from '../host/ssh.ts';
import { freePort } from '../vm/free-port.ts';
import { qemuArgv } from '../vm/qemu-argv.ts';
import { QmpClient } from '../vm/qmp.ts';
import { ensureForward, stopForward } from './api-forward.ts';
import { bhyveArgv } from './provider/bhyve/argv.ts';
import { watchBoot, type Phase } from './boot-watch.ts';
import { findGvproxy, gvproxyArgv, startGvproxy, stopGvproxy } from './gvproxy.ts';
import { withMachineLock } from './lock.ts';
import { sshSettings } from './login.ts';
import { machineIgnition, machineSpec } from './machine-spec.ts';
import { podbsdCommand } from './own-command.ts';
import { machinePaths } from './paths.ts';
import { makeRuntimeFolder, type MachinePlaces } from './places.ts';
import { endProcess } from './processes.ts';
import { providerName } from './provider/provider.ts';
import { proxyEnvironment } from './proxy-environment.ts';
import { openMachine, saveMachine, type Machine } from './record.ts';
import { withMonitor } from './monitor.ts';
import { bootFailure } from './start-failure.ts';
import { machineState, type MachineState } from './state.ts';

/** Milliseconds in which QEMU opens its monitor even on a busy host. */
const MONITOR_TIMEOUT = 60_000;

export interface StartOptions {
  /** Milliseconds for the whole start. */
  readonly limitMs: number;
  readonly onPhase: (phase: Phase) => void;
  readonly env: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal;
}

export interface Started {
  readonly machine: Machine;
  /** It was running already; only what had been lost was put back. */
  readonly wasRunning: boolean;
}

/**
 * Starts a machine and waits until it can be used. What an earlier podbsd began before it was killed is gone on with: a
 * guest that is booting is waited for, a guest that runs gets back the forwarder of its socket.
 */
export async function startMachine(
  host: Host,
  places: MachinePlaces,
  name: string,
  options: StartOptions,
): Promise<Started> {
  const { paths } = await openMachine(host, places, name);
  const locked = async <T>(work: (machine: Machine) => Promise<T>): Promise<T> =>
    await withMachineLock(host, { name, lock: paths.lock }, `starting ${name}`, async () =>
      work(await openMachine(host, places, name)),
    );
  const { machine, before } = await locked(async (found) => {
    const state = await machineState(found);
    if (state === 'stopped') {
      const machine = await launch(host, await inThisSession(host, places, found), options);
      return { machine, before: state };
    }
    await resume(found, state);
    return { machine: found, before: state };
  });
  // Not locked: a guest that hangs can be stopped meanwhile, and a second start waits with the first.
  // A podbsd that was killed between the ready line and the first login has not learnt the guest's host key.
  if (before !== 'running' || machine.record.hostKey === undefined) {
    const result = await watchBoot(host, machine, options);
    if (!result.ready) throw await bootFailure(host, machine, result);
  }
  return await locked(async (found) => {
    const changes = before === 'running' ? {} : { lastUp: new Date().toISOString() };
    const started = await saveMachine(host, found, changes);
    await ensureForward(host, started);
    return { machine: started, wasRunning: before === 'running' };
  });
}

/** The machine with its sockets where this session keeps them. They stay there while it runs, whoever asks. */
async function inThisSession(host: Host, places: MachinePlaces, stopped: Machine): Promise<Machine> {
  const { name, provider } = stopped.record;
  const paths = machinePaths(places, name, { provider });
  await makeRuntimeFolder(places.runtime);
  await makeRuntimeFolder(paths.runtime);
  return await saveMachine(host, { record: stopped.record, paths }, { runtime: paths.runtime });
}

/** Brings QEMU (or bhyve) up, and before it what it needs. When that does not stay, nothing is left of the attempt. */
async function launch(host: Host, stopped: Machine, options: StartOptions): Promise<Machine> {
  await requireParts(host, stopped);
  const machine = await withFreePort(host, stopped);
  const { paths } = machine;
  await stopForward(machine);
  const gvproxy = chooseGvproxy(machine, options.env);
  const network = gvproxy === undefined ? 'user' : 'gvproxy';
  const publicKey = ((await host.readText(`${paths.identity}.pub`)) ?? '').trim();
  await host.writeFile(paths.ignition, machineIgnition(machine, publicKey, network), { mode: 0o600 });
  for (const path of [paths.ready, paths.console]) await host.remove(path);
  const argv = await hypervisorArgv(host, machine, network, options.env);
  if (gvproxy !== undefined) await startGvproxy(host, gvproxy, machine);
  const over = new AbortController();
  try {
    const { exited } = await startInBackground(argv, paths.qemuLog);
    const connecting = { timeoutMs: MONITOR_TIMEOUT, signal: over.signal };
    const monitor = QmpClient.connect(paths.qmpSocket, connecting).then((qmp) => qmp.close());
    monitor.catch(() => undefined);
    const ended = exited.then(async () => {
      throw new PodbsdError({
        doing: `starting ${machine.record.name}`,
        problem: lastLines((await host.readText(paths.qemuLog)) ?? '', 5) || 'QEMU ended without a word',
        remedy: refusalRemedy(machine.record),
        exitCode: ExitCode.program,
      });
    });
    ended.catch(() => undefined);
    await Promise.race([monitor, ended]);
    return machine;
  } catch (error) {
    await endProcess(paths.qemuPid, paths.qemuPid);
    await stopGvproxy(machine);
    if (failedBy(error, 'no-program')) throw noQemu(error);
    throw error;
  } finally {
    over.abort();
  }
}

/** bhyve is run by a podbsd of its own in the background, which QEMU does not need. */
async function hypervisorArgv(
  host: Host,
  machine: Machine,
  network: 'gvproxy' | 'user',
  env: NodeJS.ProcessEnv,
): Promise<Argv> {
  const { record, paths } = machine;
  if (record.provider === 'qemu') return qemuArgv(await machineSpec(host, machine, network, env));
  // Refused here rather than in the background.
  bhyveArgv(machine);
  const environment = proxyEnvironment(env, network);
  if (environment === undefined) await host.remove(paths.environment);
  else await host.writeFile(paths.environment, environment, { mode: 0o600 });
  return [...podbsdCommand(), 'machine', '__bhyve', record.name, '--pid-file', paths.qemuPid];
}

function refusalRemedy({ name, provider }: Machine['record']): string {
  const how = `podbsd machine start --dry-run ${name} shows how ${providerName(provider)} was started`;
  if (provider === 'qemu') return how;
  return `bhyve needs root (FreeBSD 15: or the group vmm) and the packages edk2-bhyve and libslirp; ${how}`;
}

/** The programs that a start would run, in order. */
export async function plannedPrograms(
  host: Host,
  machine: Machine,
  env: NodeJS.ProcessEnv,
): Promise<readonly Argv[]> {
  if (machine.record.provider === 'bhyve')
    return [bhyveArgv(machine, proxyEnvironment(env, 'user') !== undefined)];
  const gvproxy = chooseGvproxy(machine, env);
  const spec = await machineSpec(host, machine, gvproxy === undefined ? 'user' : 'gvproxy', env);
  return [...(gvproxy === undefined ? [] : [gvproxyArgv(gvproxy, machine)]), qemuArgv(spec)];
}

/** A guest that QEMU had to stop, because the host's file system was full, goes on when it is told to. */
async function resume(machine: Machine, state: MachineState): Promise<void> {
  const going = withMonitor(machine.paths.qmpSocket, async (qmp) => {
    if (!(await qmp.status()).running) await qmp.execute('cont');
  });
  // The monitor may be gone with the folder of the session that started the machine. The guest is there all the same.
  await going.catch(() => undefined);
  if (state === 'failed') await askAgain(machine);
}

/** The guest has reported why it cannot be used; that may have passed. It writes another line when it is asked again. */
async function askAgain(machine: Machine): Promise<void> {
  try {
    const root = await SshHost.connect(sshSettings(machine, 'root'));
    await root.run(['service', 'podbsd_ready', 'start'], { okCodes: [0, 1] });
    await root.close();
  } catch {
    // Nobody to ask: the reason stands.
  }
}

function chooseGvproxy(machine: Machine, env: NodeJS.ProcessEnv): string | undefined {
  const { network, name, provider } = machine.record;
  if (provider === 'bhyve') return undefined;
  const found = network === 'user' ? undefined : findGvproxy(env);
  if (found !== undefined || network !== 'gvproxy') return found;
  throw new PodbsdError({
    doing: `starting ${name}`,
    problem: 'gvproxy is not installed',
    remedy: `install it (Debian gvproxy, Fedora gvisor-tap-vsock), or podbsd machine set --network user ${name}`,
    exitCode: ExitCode.host,
  });
}

/** What must be there before QEMU is asked, because QEMU's own words would not help. */
async function requireParts(host: Host, { record, paths }: Machine): Promise<void> {
  const doing = `starting ${record.name}`;
  if ((await host.stat(paths.disk)) === undefined)
    throw new PodbsdError({
      doing,
      problem: `its disk is missing: ${paths.disk}`,
      remedy: `put the file back; when it is lost for good: podbsd machine rm ${record.name}, then init`,
      exitCode: ExitCode.data,
    });
  for (const { source } of record.volumes)
    if ((await host.stat(source)) === undefined)
      throw new PodbsdError({
        doing,
        problem: `the folder ${source}, which the machine shares, does not exist`,
        remedy: `make it, or give the machine other volumes: podbsd machine set ${record.name} --volume ...`,
        exitCode: ExitCode.data,
      });
}

/** The machine with a port that nobody else uses: its own where possible. */
async function withFreePort(host: Host, machine: Machine): Promise<Machine> {
  if (await isFree(machine.record.sshPort)) return machine;
  return await saveMachine(host, machine, { sshPort: await freePort() });
}

async function isFree(port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

function noQemu(cause: PodbsdError): PodbsdError {
  return new PodbsdError({
    doing: cause.doing,
    problem: 'QEMU is not installed',
    remedy: 'Debian: qemu-system-x86 (or -arm); Fedora: qemu-system-x86-core; Homebrew, FreeBSD: qemu',
    exitCode: ExitCode.host,
    cause,
  });
}
